"""How the sets of a folder of takes are grouped, and what is scored with and without.

A file says it, ``sets.toml`` in the folder or else the one beside this module:

    [groups]
    "first takes" = ["violins", "guitars"]  # folders, judged together and each by itself

    [[left_out]]
    take = "violins/anna"                   # scored as it is, and again without this passage
    from_s = 30.0
    to_s = 33.0
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from benchmarks.takes import TakeGroup, TakeOptions
from practiceear.errors import TakeError

FILE_NAME = "sets.toml"
OTHERS = "other sets"


class LeftOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A passage that hardly can be judged: of a take SET/NAME, from second to second."""

    take: str
    from_s: float
    to_s: float


class Sets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Groups of sets by name, and passages to leave out."""

    groups: dict[str, tuple[str, ...]] = {}
    left_out: tuple[LeftOut, ...] = ()


def read_sets(folder: Path) -> Sets:
    """What is said of a folder's sets.

    Raises
    ------
    TakeError
        Where the file cannot be understood.
    """
    own = folder / FILE_NAME
    path = own if own.is_file() else Path(__file__).parent / FILE_NAME
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Sets)
    except (OSError, msgspec.DecodeError) as error:
        raise TakeError(f"{path.name}: {error}", "See benchmarks/README.md for its form") from error


def groups_of(folder: Path, options: TakeOptions) -> list[TakeGroup]:
    """The groups of a folder's sets; one of its name where its sets are in no group."""
    sets = read_sets(folder)
    passages = tuple((one.take, one.from_s, one.to_s) for one in sets.left_out)
    options = TakeOptions(options.families, (*options.left_out, *passages))
    groups, rest = [], {path for path in folder.iterdir() if path.is_dir()}
    for label, names in sets.groups.items():
        members = tuple(folder / name for name in names if folder / name in rest)
        if members:
            rest -= set(members)
            groups.append(TakeGroup(label, members, options))
    if not groups:
        return [TakeGroup(folder.name, (folder,), options)]
    others = tuple(sorted(path for path in rest if any(path.rglob("*.flac"))))
    return groups + ([TakeGroup(OTHERS, others, options)] if others else [])

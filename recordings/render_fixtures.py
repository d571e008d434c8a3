"""Render the fixture takes, and the demo take, from single notes that registries serve.

Run with the project's own Python: `.venv/bin/python -m recordings.render_fixtures`.
It needs apt-get and dpkg (or FluidR3 installed), npm and tar; sources are fetched once into
the cache folder. The same sources give the same takes, sample for sample.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import platformdirs

from recordings.rendering.render_take import render_take
from recordings.rendering.takes import DEMO, FIXTURES
from recordings.rendering.write_take import write_take

RECORDINGS = Path(__file__).resolve().parent
DEMO_FOLDER = RECORDINGS.parent / "src" / "practiceear" / "demo_take"


def main() -> None:
    """Render the takes named on the command line, or all of them."""
    cache = platformdirs.user_cache_path("practiceear-source-notes")
    parser = argparse.ArgumentParser(description=__doc__)
    names = {recipe.name: recipe for recipe in (*FIXTURES, DEMO)}
    parser.add_argument("takes", nargs="*", metavar="TAKE", help=f"of {', '.join(names)}")
    parser.add_argument("--cache", type=Path, default=cache, help="where sources are kept")
    parser.add_argument("--out", type=Path, help="write here instead, one folder a take")
    arguments = parser.parse_args()
    for name in arguments.takes or names:
        if name not in names:
            parser.error(f"no take {name!r}; there are {', '.join(names)}")
        take = render_take(names[name], arguments.cache.resolve())
        home = DEMO_FOLDER if name == DEMO.name else RECORDINGS / "fixtures" / name
        folder = arguments.out / name if arguments.out else home
        write_take(take, folder)
        n_kilobytes = (folder / "take.flac").stat().st_size / 1000
        print(f"{name}: {len(take.truth)} notes, {n_kilobytes:.0f} kB")


if __name__ == "__main__":
    main()

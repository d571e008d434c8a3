"""Whatever a file from outside holds, it is built as declared or refused with its place."""

from __future__ import annotations

import copy
import random
import tomllib
from enum import Enum
from typing import Annotated, Any

import pytest
from msgspec import Meta, Struct

from practiceear.data_files import DataError, TomlFile, convert
from practiceear.errors import UsageError
from practiceear.plain_text import printable


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Note(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    onset_s: Annotated[float, Meta(ge=0, le=10)]
    length_s: float | None


class Take(Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(pattern=r"\S", description="a name")]
    colour: Colour = Colour.RED
    n_runs: Annotated[int, Meta(ge=1, le=9)] = 1
    notes: Annotated[tuple[Note, ...], Meta(max_length=3)] = ()

    def __post_init__(self) -> None:
        if self.n_runs == 7:
            raise ValueError("n_runs must not be 7")


class Session(Struct, frozen=True):
    takes: tuple[Take, ...]


GOOD: dict[str, Any] = {"takes": [{"name": "a"}, {"name": "b", "notes": [[0.5, 1], [1, None]]}]}
VALUES: tuple[object, ...] = (
    None, True, -1, 10**400, float("nan"), "", "x", "` - at `$.takes[0]`", "\ud800",
    [], {}, [[]], [{}], {"a": 1}, [None] * 2,
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "where", "text"),
    [
        ({"name": " "}, "takes[1]", "name must be a name, not ' '"),
        ({"name": None}, "takes[1]", "name must be a name, not None"),
        ({"colour": "bleu"}, "takes[1]", "colour must be one of red, blue, not 'bleu'"),
        ({"n_runs": 10}, "takes[1]", "n_runs must be a whole number from 1 to 9, not 10"),
        ({"n_runs": 1.5}, "takes[1]", "n_runs must be a whole number from 1 to 9, not 1.5"),
        ({"n_runs": 7}, "takes[1]", "n_runs must not be 7"),
        ({"nmae": "c"}, "takes[1]", "'nmae' is not known"),
        ({"notes": [[0, 1]] * 4}, "takes[1]", "notes must be a list of at most 3, not a list"),
        ({"notes": [[0, 1], [11, 1]]}, "takes[1].notes[1]", "onset_s must be a number from 0"),
        ({"notes": [[0]]}, "takes[1]", "notes[0] must be a list of 2, not a list"),
        ({"notes": [[float("nan"), 0]]}, "takes[1].notes[0]", "onset_s must be a number"),
        ({"notes": [[10**5000, 0]]}, "takes[1].notes[0]", "onset_s must be a number"),
    ],
)
def test_a_mistake_is_named_with_its_place(change: dict[str, Any], where: str, text: str) -> None:
    content = copy.deepcopy(GOOD)
    content["takes"][1].update(change)
    with pytest.raises(DataError) as caught:
        convert(content, Session)
    assert caught.value.where() == where
    assert str(caught.value).startswith(text)


def test_the_nearest_word_is_offered() -> None:
    for text, hint in (("nmae = 'a'", "name"), ("name = 'a'\ncolour = 'bleu'", "blue")):
        with pytest.raises(UsageError) as caught:
            TomlFile("mine.toml", tomllib.loads(text)).convert(Take)
        assert caught.value.hint == f"Did you mean {hint}?"
        assert "mine.toml" in caught.value.message


def spoil(content: Any, chance: random.Random) -> None:
    """Put a value that may be wrong at some place."""
    while content and chance.random() < 0.8:
        keys = list(content) if isinstance(content, dict) else list(range(len(content)))
        key = chance.choice(keys)
        if not isinstance(content[key], dict | list) or chance.random() < 0.3:
            content[key] = copy.deepcopy(chance.choice(VALUES))
            return
        content = content[key]
    if isinstance(content, dict):
        content[chance.choice(("nmae", "` - at `$.takes[0]", "\x1b"))] = 1


@pytest.mark.parametrize("seed", range(5))
def test_nothing_else_than_a_data_error_is_raised(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(200):
        content = copy.deepcopy(GOOD)
        spoil(content, chance)
        reason = ""
        try:
            convert(content, Session)
        except DataError as error:
            reason = str(error)
        assert reason == printable(reason)
        assert len(reason) < 200

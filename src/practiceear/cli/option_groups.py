"""Groups of options: a command takes the record they make, the parser sees each option.

``def live(options: LiveOptions = options_of(live_options))`` gives the command all parameters of
``live_options`` as options of its own, and passes what ``live_options`` returns.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from types import SimpleNamespace
from typing import Any, TypeVar, cast, get_type_hints

import typer

Record = TypeVar("Record")


def option(names: str, metavar: str | None, words: str, **more: Any) -> object:
    """An option of a command: its names, what stands for its value (None: a switch), its help."""
    return typer.Option(*names.split(), metavar=metavar, help=words, **more)


@dataclass(frozen=True, slots=True)
class _OptionGroup:
    """The default value of a parameter that is made of the options of ``make``."""

    make: Callable[..., object]


def options_of(make: Callable[..., Record]) -> Record:
    """The default of a parameter made by ``make`` from its own parameters, groups among them."""
    return cast(Record, _OptionGroup(make))


def with_option_groups(
    command: Callable[..., int], check: Callable[[Mapping[str, object]], None] = lambda _: None
) -> Callable[..., int]:
    """Return ``command`` with every group replaced by its options, as Typer needs it.

    ``check`` receives all values before any record is made of them.
    """

    @wraps(command)
    def run(**values: object) -> int:
        check(values)
        return _call(command, values)

    vars(run)["__signature__"] = Signature(list(_options(command)))
    run.__annotations__ = {}
    return run


def _options(function: Callable[..., object]) -> Iterator[Parameter]:
    """The parameters of a function, with those of its groups; their annotations evaluated."""
    for parameter in signature(function).parameters.values():
        if isinstance(parameter.default, _OptionGroup):
            yield from _options(parameter.default.make)
        else:
            written = SimpleNamespace(__annotations__={"it": parameter.annotation})
            module = vars(sys.modules[function.__module__])
            annotation = get_type_hints(written, module, include_extras=True)["it"]
            yield parameter.replace(annotation=annotation, kind=Parameter.KEYWORD_ONLY)


def _call(function: Callable[..., Record], values: Mapping[str, object]) -> Record:
    """Call a function with its own values and the records of its groups."""
    return function(
        **{
            name: _call(parameter.default.make, values)
            if isinstance(parameter.default, _OptionGroup)
            else values[name]
            for name, parameter in signature(function).parameters.items()
        }
    )

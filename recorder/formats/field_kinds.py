"""Whether the values of an event are of the kinds that its class declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from recorder.events.codec import EVENT_TYPES
from recorder.events.event import Event

Check = Callable[[Any], bool]


def misfit(event: Event) -> str | None:
    """Name of the first field whose value is not of its declared kind; None when all fit."""
    return next((name for name, fits in _CHECKS[type(event)] if not fits(getattr(event, name))), None)


def _check(hint: Any) -> Check:
    """A test for values of a type; built once for each field, because it runs for every event read."""
    origin, inside = get_origin(hint), get_args(hint)
    if hint is Any:
        return lambda value: True
    if hint is float:
        return _is_number
    if origin is UnionType:
        checks = [_check(one) for one in inside]
        return lambda value: any(fits(value) for fits in checks)
    if origin is tuple:
        return _tuple_check(inside)
    kind = origin or hint
    return lambda value: isinstance(value, kind)


def _tuple_check(inside: tuple[Any, ...]) -> Check:
    if inside[1:] == (...,):
        one = _check(inside[0])
        return lambda value: isinstance(value, tuple) and all(map(one, value))
    checks = [_check(each) for each in inside]
    return lambda value: (
        isinstance(value, tuple)
        and len(value) == len(checks)
        and all(fits(each) for fits, each in zip(checks, value, strict=True))
    )


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and value - value == 0
    )  # neither NaN nor infinity


_CHECKS: Final[Mapping[type[Event], list[tuple[str, Check]]]] = {
    kind: [(name, _check(get_type_hints(kind)[name])) for name in kind.__struct_fields__]
    for kind in EVENT_TYPES.values()
}

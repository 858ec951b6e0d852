"""What the classes of the spec say about their fields, for documentation, tests and helpful errors."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Union, get_args, get_origin, get_type_hints

from lambdas.domain.constraints import Doc
from lambdas.domain.frozen import dataclass
from lambdas.domain.spec.cluster import ClusterSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFacts:
    """One field.

    Attributes:
        name: EKS's member name, or one of Slipway's own.
        doc: What it is for; None only by mistake, which a test finds.
        type: Its type without metadata and without None: a scalar, a tuple, a mapping or a class of the spec.
        notes: The constraints on the value itself, not on what is in it.
        required: Whether it must be given.
        default: Its default value, if it is not required.
    """

    name: str
    doc: Doc | None
    type: object
    notes: tuple[object, ...]
    required: bool
    default: object


@cache
def fields_of(cls: type) -> tuple[FieldFacts, ...]:
    """Answer the facts about a class's fields, in the order they are written."""
    hints = get_type_hints(cls, include_extras=True)
    return tuple(_facts(field, hints[field.name]) for field in fields(cls))


def classes() -> tuple[type, ...]:
    """Answer every class of the spec, outermost first, each once."""
    found = dict.fromkeys(_classes_within(ClusterSpec))
    return tuple(found)


def inner_class(hint: object) -> type | None:
    """Answer the class of the spec that a field holds, alone or in a list; None for anything else."""
    hint = bare(hint)
    if isinstance(hint, type) and is_dataclass(hint):
        return hint
    return inner_class(get_args(hint)[0]) if get_origin(hint) is tuple else None


def bare(hint: object) -> object:
    """Answer a type hint without `Annotated` and without `| None`."""
    if get_origin(hint) is Annotated:
        return bare(get_args(hint)[0])
    if get_origin(hint) in {Union, UnionType}:
        return next(bare(part) for part in get_args(hint) if part is not NoneType)
    return hint


def class_at(path: tuple[str | int, ...]) -> type | None:
    """Answer the class of the spec that lies at a path into a document; None if there is none."""
    found: type | None = ClusterSpec
    for step in path:
        if found is not None and isinstance(step, str):
            found = next((inner_class(field.type) for field in fields_of(found) if field.name == step), None)
    return found


def _facts(field: "Field[object]", hint: object) -> FieldFacts:
    notes = tuple(_notes(hint))
    required = field.default is MISSING and field.default_factory is MISSING
    return FieldFacts(
        name=field.name,
        doc=next((note for note in notes if isinstance(note, Doc)), None),
        type=bare(hint),
        notes=tuple(note for note in notes if not isinstance(note, Doc)),
        required=required,
        default=None if required else _default(field),
    )


def _default(field: "Field[object]") -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _notes(hint: object) -> Iterator[object]:
    if get_origin(hint) is Annotated:
        yield from get_args(hint)[1:]
        yield from _notes(get_args(hint)[0])
    elif get_origin(hint) in {Union, UnionType}:
        for part in get_args(hint):
            yield from _notes(part)


def _classes_within(cls: type) -> Iterator[type]:
    yield cls
    for field in fields_of(cls):
        inner = inner_class(field.type)
        if inner is not None:
            yield from _classes_within(inner)

"""Errors in the words of a person: what pydantic found, said with the field's name and with what to do."""

import json
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import get_origin

from lambdas.domain.constraints import SHOWN, UnacceptableError, quoted
from lambdas.domain.coverage import why_not_given
from lambdas.domain.refusal import FieldError, Path, pointer
from lambdas.domain.spec.fields import FieldFacts, class_at, fields_of

Context = Mapping[str, object]
# Pydantic's context and the value, to what is wrong and what to do.
Wording = Callable[[Context, object], tuple[str, str]]

# How pydantic marks that it is the key of a map that is wrong, not its value.
_KEY = "[key]"


def in_words(kind: str, place: Path, value: object, context: Context, message: str) -> FieldError:
    """Answer an error of pydantic's in words.

    Args:
        kind: Pydantic's name of the error, such as `missing`.
        place: Where it is.
        value: What is there.
        context: What pydantic adds, such as the limit that was passed.
        message: Pydantic's own words, for a kind that is not known here.
    """
    path = place[:-1] if _is_about_a_key(place) else place
    detail, remedy = _said(kind, path, value, context, message)
    return FieldError(pointer(path), f"{_name(path)}: {detail}", remedy)


def _is_about_a_key(place: Path) -> bool:
    """Answer whether the last step is pydantic's mark, not a name that happens to be the same."""
    marked = len(place) > 2 and place[-1] == _KEY  # noqa: PLR2004 - map, key, mark
    field = _field(place[:-2]) if marked else None
    return field is not None and get_origin(field.type) is Mapping


def _said(kind: str, path: Path, value: object, context: Context, message: str) -> tuple[str, str]:
    if kind == "missing":
        return _missing(path)
    if kind == "unexpected_keyword_argument":
        return _unknown(path)
    error = context.get("error")
    if isinstance(error, UnacceptableError):
        return error.detail, error.remedy
    wording = _WORDINGS.get(kind)
    return (f"{message}.", _example(path)) if wording is None else wording(context, value)


def _missing(path: Path) -> tuple[str, str]:
    return "it is missing.", _example(path)


def _example(path: Path) -> str:
    field = _field(path)
    if field is None or field.doc is None:
        return "See the description of the field."
    return f"Write it like {field.name}: {json.dumps(field.doc.example)}."


def _unknown(path: Path) -> tuple[str, str]:
    cls = class_at(path[:-1])
    name = str(path[-1])
    if cls is None:
        return "there is no such field.", "Leave it out."
    reason = why_not_given(cls, name)
    if reason is not None:
        return f"this field of EKS cannot be given: {reason}.", "Leave it out."
    known = [field.name for field in fields_of(cls)]
    near = nearest(name, known)
    remedy = f"Did you mean {near}?" if near else f"The fields here are {', '.join(known)}."
    return "there is no such field.", remedy


def nearest(word: str, known: list[str]) -> str | None:
    """Answer the known word that is most like the given one, whatever its case; None if none is like it."""
    folded = {name.casefold(): name for name in known}
    matches = get_close_matches(word.casefold(), folded, n=1)
    return folded[matches[0]] if matches else None


def _field(path: Path) -> FieldFacts | None:
    cls = class_at(path[:-1])
    return next((field for field in fields_of(cls) if field.name == path[-1]), None) if cls is not None else None


def _name(path: Path) -> str:
    """Answer the last name of a path with the numbers that follow it: `publicAccessCidrs[0]`."""
    last = max((place for place, step in enumerate(path) if isinstance(step, str)), default=0)
    return "".join(f"[{step}]" if isinstance(step, int) else _short(step) for step in path[last:])


def _short(name: str) -> str:
    return name if 0 < len(name) <= SHOWN else quoted(name)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _string(_: Context, value: object) -> tuple[str, str]:
    remedy = "Give a string."
    if isinstance(value, float):
        remedy = "Put it in quotes as you wrote it: without them YAML reads 1.30 as the number 1.3."
    elif isinstance(value, int):
        remedy = f'Put it in quotes: "{_shown(value)}".'
    return f"{_shown(value)} is not a string.", remedy


def _choice(context: Context, value: object) -> tuple[str, str]:
    choices = re.findall("'([^']+)'", str(context["expected"]))
    near = nearest(value, choices) if isinstance(value, str) else None
    remedy = f"Did you mean {near}?" if near else f"Choose one of {', '.join(choices)}."
    return f"{_shown(value)} is not one of {', '.join(choices)}.", remedy


def _must_be(kind: str) -> Wording:
    return lambda _, value: (
        f"{_shown(value)} is not {kind}.",
        f"Give {kind}, or leave the field out if it has a default.",
    )


def _at_least(context: Context, value: object) -> tuple[str, str]:
    return f"{_shown(value)} is below {context['ge']}.", f"Give {context['ge']} or more."


def _at_most(context: Context, value: object) -> tuple[str, str]:
    return f"{_shown(value)} is above {context['le']}.", f"Give {context['le']} or less."


def _too_short(context: Context, value: object) -> tuple[str, str]:
    return (
        f"{_shown(value)} is too short: {context['min_length']} or more characters are needed.",
        "Give a longer text.",
    )


def _too_long(context: Context, value: object) -> tuple[str, str]:
    limit = context["max_length"]
    return f"{_shown(value)} has more than {limit} characters.", f"Shorten it to {limit} characters."


def _too_few(context: Context, _: object) -> tuple[str, str]:
    return f"it has {context['actual_length']} entries, at least {context['min_length']} is needed.", "Add an entry."


def _too_many(context: Context, _: object) -> tuple[str, str]:
    return f"it has more than {context['max_length']} entries.", f"Keep at most {context['max_length']}."


_WORDINGS: dict[str, Wording] = {
    "string_type": _string,
    "int_type": _must_be("a whole number"),
    "bool_type": _must_be("true or false"),
    "tuple_type": _must_be("a list"),
    "dict_type": _must_be("an object of names and values"),
    "dataclass_type": _must_be("an object"),
    "literal_error": _choice,
    "greater_than_equal": _at_least,
    "less_than_equal": _at_most,
    "string_too_short": _too_short,
    "string_too_long": _too_long,
    "too_short": _too_few,
    "too_long": _too_many,
}

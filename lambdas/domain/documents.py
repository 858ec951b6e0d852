"""JSON as users send it: parsed, and known to be nothing but JSON."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator

from lambdas.domain.constraints import JsonValue, quoted
from lambdas.domain.refusal import FieldError, Path, Refused, pointer

BAD_REQUEST = 400
TOO_LARGE = 413
MAX_BYTES = 65_536
# The registry keeps a spec twice in one DynamoDB item, as asked for and as made concrete, beside what runs learn. An
# item may have 400 KiB.
MAX_STORED_BYTES = 2 * MAX_BYTES
_LOST = "\N{REPLACEMENT CHARACTER}"
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
# The spec itself is six levels deep; add-on settings and policies may add some.
MAX_DEPTH = 32


def parsed(text: bytes | str) -> JsonValue:
    """Answer the value of a JSON text.

    Raises:
        Refused: The text is too large (status 413) or not JSON (400).
    """
    data = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    if len(data) > MAX_BYTES:
        raise _refused(
            f"The text is larger than {MAX_BYTES} bytes.",
            "Shorten it; a spec mostly in its add-ons' settings.",
            TOO_LARGE,
        )
    try:
        value: JsonValue = json.loads(_characters(data), object_pairs_hook=_distinct)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _refused(f"The text is not JSON: {error.msg} ({place}).", "Send a JSON object.") from None
    except RecursionError:
        raise _too_deep(()) from None
    except ValueError:  # Python's limit on the digits of a number
        raise _refused("The text has a number of too many digits.", "Send a smaller number.") from None
    return value


def _characters(data: bytes) -> str:
    """Answer the characters of a text, none of which was lost on the way."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _refused(f"The text is not UTF-8 (byte {error.start}).", "Send it in UTF-8.") from None
    if _LOST in text:
        # API Gateway hands bodies on as text, and what is not UTF-8 in them as this character.
        place = len(text.partition(_LOST)[0])
        raise _refused(f"The text is not UTF-8 (character {place} was lost).", "Send it in UTF-8.")
    if text.startswith(_BYTE_ORDER_MARK):
        raise _refused("The text begins with a byte order mark.", "Save it as UTF-8 without a byte order mark.")
    return text


def require_room(canonical: str) -> None:
    """Check that the registry has room for a spec with every default written out, given as its canonical text.

    Raises:
        Refused: It has not (status 413).
    """
    if len(canonical.encode()) > MAX_STORED_BYTES:
        detail = f"The spec with its defaults written out is larger than {MAX_STORED_BYTES} bytes."
        raise _refused(detail, "Shorten its longest list.", TOO_LARGE)


def require_json(document: object) -> None:
    """Check that a value is a JSON object through and through.

    YAML has dates, keys that are not strings, and numbers that are not; JSON texts may have the latter, too.

    Raises:
        Refused: It is not (status 400).
    """
    if not isinstance(document, dict):
        raise _refused("The spec is not an object.", 'Send an object with at least a name: {"name": "simple-bank"}.')
    errors = tuple(_not_json(document))
    if errors:
        raise Refused(errors, BAD_REQUEST)


def _not_json(document: object) -> Iterator[FieldError]:
    """Answer what is not JSON in a value, without recursion, as the value may be of any depth."""
    waiting: list[tuple[Path, object]] = [((), document)]
    while waiting:
        path, value = waiting.pop()
        if len(path) > MAX_DEPTH:
            yield from _too_deep(path).errors
        elif isinstance(value, dict):
            yield from _odd_keys(path, value)
            waiting.extend(((*path, str(key)), member) for key, member in reversed(value.items()) if _is_text(str(key)))
        elif isinstance(value, list):
            waiting.extend(((*path, place), value[place]) for place in reversed(range(len(value))))
        else:
            yield from _odd_scalar(path, value)


def _odd_scalar(path: Path, value: object) -> Iterator[FieldError]:
    if isinstance(value, str):
        if not _is_text(value):
            yield FieldError(pointer(path), "The text has half a character (a lone surrogate).", "Correct the text.")
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield FieldError(pointer(path), f"The number {value} is not one that JSON has.", "Give a finite number.")
    elif value is not None and not isinstance(value, int):
        kind = type(value).__name__
        yield FieldError(
            pointer(path), f"The value {quoted(str(value))} is a {kind}, which JSON does not have.", "Put it in quotes."
        )


def _odd_keys(path: Path, keys: Iterable[object]) -> Iterator[FieldError]:
    for key in keys:
        if not isinstance(key, str):
            yield FieldError(pointer((*path, str(key))), f"The key {quoted(key)} is not a string.", "Put it in quotes.")
        elif not _is_text(key):  # and so no answer could name it
            yield FieldError(pointer(path), "A key has half a character (a lone surrogate).", "Correct the key.")


def _is_text(value: str) -> bool:
    """Answer whether a string can be written in UTF-8."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _distinct(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """Answer the object of the pairs; JSON leaves open which of two equal keys counts, so there must be none."""
    members = dict(pairs)
    if len(members) < len(pairs):
        key = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise _refused(f"The key {quoted(key)} is there twice in one object.", "Keep one of the two.")
    return members


def _too_deep(path: Path) -> Refused:
    return _refused(f"The document is nested more than {MAX_DEPTH} levels deep.", "Flatten it.", path=path)


def _refused(detail: str, remedy: str, status: int = BAD_REQUEST, path: Path = ()) -> Refused:
    return Refused([FieldError(pointer(path), detail, remedy)], status)

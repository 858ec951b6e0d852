"""JSON as users send it: parsed, and known to be nothing but JSON."""

import json
import math
from collections import Counter
from collections.abc import Iterator

from lambdas.domain.constraints import JsonValue
from lambdas.domain.refusal import FieldError, Path, Refused, pointer

BAD_REQUEST = 400
TOO_LARGE = 413
# The registry keeps a spec in one DynamoDB item together with other facts; an item may have 400 KiB.
MAX_BYTES = 65_536
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
            f"The spec is larger than {MAX_BYTES} bytes.", "Shorten it, most likely the add-ons' settings.", TOO_LARGE
        )
    try:
        value: JsonValue = json.loads(data.decode(), object_pairs_hook=_distinct)
    except UnicodeDecodeError as error:
        raise _refused(f"The text is not UTF-8 (byte {error.start}).", "Send it in UTF-8.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _refused(f"The text is not JSON: {error.msg} ({place}).", "Send a JSON object.") from None
    except RecursionError:
        raise _too_deep(()) from None
    except ValueError:  # Python's limit on the digits of a number
        raise _refused("The text has a number of too many digits.", "Send a smaller number.") from None
    return value


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
            yield from (_odd_key(path, key) for key in value if not isinstance(key, str))
            waiting.extend(((*path, str(key)), member) for key, member in value.items())
            waiting.extend(((*path, key), key) for key in value if isinstance(key, str) and not _is_text(key))
        elif isinstance(value, list):
            waiting.extend(((*path, place), element) for place, element in enumerate(value))
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
            pointer(path), f"The value {value} is a {kind}, which JSON does not have.", "Put it in quotes."
        )


def _odd_key(path: Path, key: object) -> FieldError:
    return FieldError(pointer((*path, str(key))), f"The key {key} is not a string.", "Put it in quotes.")


def _is_text(value: str) -> bool:
    """Answer whether a string can be written in UTF-8."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _distinct(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """Answer the object of the pairs; JSON leaves open which of two equal keys counts, so there must be none."""
    members = dict(pairs)
    if len(members) < len(pairs):
        key = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise _refused(f"The key {key!r} is there twice in one object.", "Keep one of the two.")
    return members


def _too_deep(path: Path) -> Refused:
    return _refused(f"The spec is nested more than {MAX_DEPTH} levels deep.", "Flatten it.", path=path)


def _refused(detail: str, remedy: str, status: int = BAD_REQUEST, path: Path = ()) -> Refused:
    return Refused([FieldError(pointer(path), detail, remedy)], status)

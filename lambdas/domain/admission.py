"""The door: what users send becomes a valid spec, or a refusal that names everything wrong with it.

This is the only module of the domain that imports pydantic, and only when a spec comes: most requests have none.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

from lambdas.domain.completion import completed
from lambdas.domain.documents import parsed, require_json, require_room
from lambdas.domain.refusal import MOST_ERRORS, UNPROCESSABLE, FieldError, Refused
from lambdas.domain.rules import broken
from lambdas.domain.schema import finished
from lambdas.domain.spec import ClusterSpec, to_json
from lambdas.domain.wording import in_words

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

    from lambdas.domain.constraints import JsonSchema


@cache
def _adapter() -> TypeAdapter[ClusterSpec]:
    from pydantic import ConfigDict, TypeAdapter, with_config  # noqa: PLC0415 -- a third of the API's cold start

    # The classes that lie inside take over the settings of the outermost.
    with_config(ConfigDict(extra="forbid", strict=True))(ClusterSpec)
    return TypeAdapter(ClusterSpec)


def admit(text: bytes | str) -> ClusterSpec:
    """Answer the completed spec of a JSON text.

    Raises:
        Refused: The text is not a JSON object (status 400), is too large (413), or is not a valid spec (422).
    """
    return admit_object(parsed(text))


def admit_object(document: object) -> ClusterSpec:
    """Answer the completed spec of an object as JSON or YAML parsers give it.

    Raises:
        Refused: The object could not have come from JSON (status 400), is not a valid spec (422), or is too large
            with every default written out (413).
    """
    from pydantic import ValidationError  # noqa: PLC0415 -- as above

    require_json(document)
    try:
        # By way of text: in pydantic's strict mode a JSON array may become a tuple, but a Python list may not.
        spec = _adapter().validate_json(json.dumps(document))
    except ValidationError as error:
        raise Refused(_worded(error), UNPROCESSABLE) from None
    require_rules(spec)
    whole = completed(spec)
    require_room(json.dumps(to_json(whole), separators=(",", ":"), ensure_ascii=False))
    return whole


def require_rules(spec: ClusterSpec) -> None:
    """Check the rules between fields again, for a spec that was changed after it was admitted.

    Raises:
        Refused: The spec breaks a rule (status 422).
    """
    errors = broken(spec)
    if errors:
        raise Refused(errors, UNPROCESSABLE)


def json_schema() -> JsonSchema:
    """Answer the JSON Schema (2020-12) of a spec as users write it, for editors and for OpenAPI."""
    return finished(_adapter().json_schema(mode="validation"))


def _worded(error: ValidationError) -> tuple[FieldError, ...]:
    found = error.errors(include_url=False)
    wrong_inside = {item["loc"][:depth] for item in found for depth in range(len(item["loc"]))}
    # Pydantic counts only the elements that are right, so a list with a wrong one may also seem too short.
    telling = [item for item in found if item["type"] != "too_short" or item["loc"] not in wrong_inside]
    return tuple(
        in_words(item["type"], item["loc"], item["input"], item.get("ctx", {}), item["msg"])
        for item in telling[:MOST_ERRORS]
    )

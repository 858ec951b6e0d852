"""The door: what users send becomes a valid spec, or a refusal that names everything wrong with it.

This is the only module of the domain that imports pydantic.
"""

import json

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from lambdas.domain.completion import completed
from lambdas.domain.constraints import JsonValue
from lambdas.domain.documents import parsed, require_json
from lambdas.domain.refusal import UNPROCESSABLE, FieldError, Refused
from lambdas.domain.rules import broken
from lambdas.domain.spec import ClusterSpec
from lambdas.domain.wording import in_words

# Nobody reads more, and finding words for each of ten thousand takes seconds.
MOST_ERRORS = 100

# The classes that lie inside take over the settings of the outermost.
with_config(ConfigDict(extra="forbid", strict=True))(ClusterSpec)
_ADAPTER = TypeAdapter(ClusterSpec)


def admit(text: bytes | str) -> ClusterSpec:
    """Answer the completed spec of a JSON text.

    Raises:
        Refused: The text is not a JSON object (status 400), too large (413), or not a valid spec (422).
    """
    return admit_object(parsed(text))


def admit_object(document: object) -> ClusterSpec:
    """Answer the completed spec of an object as JSON or YAML parsers give it.

    Raises:
        Refused: The object could not have come from JSON (status 400), or is not a valid spec (422).
    """
    require_json(document)
    try:
        # By way of text: in pydantic's strict mode a JSON array may become a tuple, but a Python list may not.
        spec = _ADAPTER.validate_json(json.dumps(document))
    except ValidationError as error:
        raise Refused(_worded(error), UNPROCESSABLE) from None
    require_rules(spec)
    return completed(spec)


def require_rules(spec: ClusterSpec) -> None:
    """Check the rules between fields again, for a spec that was changed after it was admitted.

    Raises:
        Refused: The spec breaks a rule (status 422).
    """
    errors = broken(spec)
    if errors:
        raise Refused(errors, UNPROCESSABLE)


def json_schema() -> dict[str, JsonValue]:
    """Answer the JSON Schema (2020-12) of a spec as users write it, for editors and for OpenAPI."""
    schema: dict[str, JsonValue] = _ADAPTER.json_schema(mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_tidy_object(schema)}


def _worded(error: ValidationError) -> tuple[FieldError, ...]:
    found = error.errors(include_url=False)
    wrong_inside = {item["loc"][:depth] for item in found for depth in range(len(item["loc"]))}
    # Pydantic counts only the elements that are right, so a list with a wrong one may also seem too short.
    telling = [item for item in found if item["type"] != "too_short" or item["loc"] not in wrong_inside]
    return tuple(
        in_words(item["type"], item["loc"], item["input"], item.get("ctx", {}), item["msg"])
        for item in telling[:MOST_ERRORS]
    )


def _tidy_object(schema: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Answer a schema without the titles pydantic derives from names, and with maps closed as the door closes them."""
    tidied = {key: _tidy(value) for key, value in schema.items() if not (key == "title" and isinstance(value, str))}
    if "patternProperties" in tidied:
        tidied["additionalProperties"] = False
    return tidied


def _tidy(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _tidy_object(value)
    return [_tidy(element) for element in value] if isinstance(value, list) else value

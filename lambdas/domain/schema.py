"""The JSON Schema of a spec, for editors and for OpenAPI: what pydantic derives from the classes, and then some."""

import json
from typing import Final

from lambdas.domain.conditions import CONDITIONS
from lambdas.domain.constraints import JsonSchema, JsonValue

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
TITLE: Final = "Slipway cluster spec"
ROOT: Final = "ClusterSpec"
COMPONENTS: Final = "#/components/schemas/"
_LOCAL: Final = "#/$defs/"
_PART: Final = f"{ROOT}."
"""How the names of a spec's parts begin among OpenAPI's components, which other schemas share."""


def finished(derived: JsonSchema) -> JsonSchema:
    """Answer the schema that pydantic derived from the class of a whole spec, with titles and conditions."""
    definitions = derived.get("$defs", {})
    root = {name: member for name, member in derived.items() if name != "$defs"}
    return {
        "$schema": DIALECT,
        **_class(ROOT, root, TITLE),
        "$defs": {name: _class(name, schema, name) for name, schema in _members(definitions)},
    }


def to_components(schema: JsonSchema) -> JsonSchema:
    """Answer the schemas of a spec and of its parts as components of an OpenAPI document, by name."""
    moved = _with_references(schema, _LOCAL, f"{COMPONENTS}{_PART}")
    root = {name: member for name, member in moved.items() if name not in {"$schema", "$defs"}}
    return {ROOT: root, **{f"{_PART}{name}": part for name, part in _members(moved["$defs"])}}


def from_components(components: JsonSchema) -> JsonSchema:
    """Answer the schema of a spec by itself, from the components of an OpenAPI document.

    Raises:
        KeyError: They do not have it.
    """
    schemas = dict(_members(_with_references(components, f"{COMPONENTS}{_PART}", _LOCAL)))
    parts: JsonSchema = {name.removeprefix(_PART): part for name, part in schemas.items() if name.startswith(_PART)}
    return {"$schema": DIALECT, **schemas[ROOT], "$defs": parts}


def _with_references(schema: JsonSchema, old: str, new: str) -> JsonSchema:
    turned: JsonSchema = json.loads(json.dumps(schema).replace(f'"$ref": "{old}', f'"$ref": "{new}'))
    return turned


def _members(value: JsonValue) -> list[tuple[str, JsonSchema]]:
    assert isinstance(value, dict)
    return [(name, member) for name, member in value.items() if isinstance(member, dict)]


def _class(name: str, schema: JsonSchema, title: str) -> JsonSchema:
    conditions = CONDITIONS.get(name, ())
    tidied = {"title": title, **_tidy_object(schema)}
    return {**tidied, "allOf": list(conditions)} if conditions else tidied


def _tidy_object(schema: JsonSchema) -> JsonSchema:
    """Answer a schema without the titles pydantic derives from names, and with maps closed as the door closes them."""
    tidied = {key: _tidy(value) for key, value in schema.items() if not (key == "title" and isinstance(value, str))}
    if "patternProperties" in tidied:
        tidied["additionalProperties"] = False
    return tidied


def _tidy(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _tidy_object(value)
    return [_tidy(element) for element in value] if isinstance(value, list) else value

"""Does an add-on's configuration fit the schema that the catalogue publishes for it?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from sandbox.twin.errors import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.twin.wire import Json

_TYPES = {"object": dict, "array": list, "integer": int, "string": str, "boolean": bool}


def check_configuration(entry: Json, text: str | None, names: dict[str, str]) -> None:
    """Refuse `configurationValues` (JSON or YAML) that the add-on's schema does not allow."""
    if not text:
        return
    problems = list(_problems(entry["configurationSchema"], _parsed(text, names)))
    if problems:
        raise invalid_parameter(
            "ConfigurationValue provided in request is not supported: Json schema validation failed with error:"
            f" [{', '.join(problems)}]",
            **names,
        )


def _parsed(text: str, names: dict[str, str]) -> Any:  # noqa: ANN401 - a user's document
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise invalid_parameter(
            "ConfigurationValue provided in request is not supported: it is neither JSON nor YAML", **names
        ) from error


def _problems(schema: Json, value: Any) -> Iterator[str]:  # noqa: ANN401 - a user's document
    if not isinstance(value, dict):
        yield "$: object expected"
        return
    for name, item in value.items():
        known = schema["properties"].get(name)
        if known is None:
            yield (f"$.{name}: is not defined in the schema and the schema does not allow additional properties")
        elif not isinstance(item, _TYPES[known["type"]]):
            yield f"$.{name}: {type(item).__name__} found, {known['type']} expected"
        elif item not in known.get("enum", [item]):
            yield f"$.{name}: does not have a value in the enumeration {known['enum']}"

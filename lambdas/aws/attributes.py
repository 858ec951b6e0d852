"""Values in DynamoDB's typed JSON: the kinds that the registry keeps.

boto3 has the same for all kinds, but importing boto3 costs a cold start about as much as half of our own code does.
"""

from __future__ import annotations

from typing import Any


def serialize(value: object) -> dict[str, Any]:
    """A plain value as DynamoDB takes it. Raises TypeError for a kind that the registry does not keep."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case list() | tuple():
            return {"L": [serialize(element) for element in value]}
        case dict():
            return {"M": {name: serialize(member) for name, member in value.items()}}
        case _:
            raise TypeError(f"{type(value).__name__} is no kind of value that the registry keeps: {value!r}.")


def deserialize(attribute: dict[str, Any]) -> Any:  # noqa: ANN401 -- JSON
    """The plain value. Raises TypeError for a kind that the registry does not keep, ValueError for a broken number."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value)
        case "M":
            return {name: deserialize(member) for name, member in value.items()}
        case "L":
            return [deserialize(element) for element in value]
        case "NULL":
            return None
        case _:
            raise TypeError(f"{kind} is no kind of value that the registry keeps: {value!r}.")

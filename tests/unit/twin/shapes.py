"""Values for shapes of the service model, right and wrong ones, for property tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from botocore.model import Shape

_TEXT = st.text("abz019-_/.:", min_size=1, max_size=8)


def values(shape: Any, known: dict[str, list[Any]]) -> st.SearchStrategy[Any]:  # noqa: ANN401 - any shape
    """Draw values that fit `shape`; members named in `known` are mostly drawn from there."""
    match shape.type_name:
        case "structure":
            return _structure(shape, known)
        case "list":
            low = shape.metadata.get("min", 0)
            high = min(shape.metadata.get("max", 3), 3)
            return st.lists(values(shape.member, known), min_size=low, max_size=high)
        case "map":
            high = min(shape.metadata.get("max", 3), 3)
            low = shape.metadata.get("min", 0)
            return st.dictionaries(values(shape.key, known), values(shape.value, known), min_size=low, max_size=high)
        case "string":
            return st.sampled_from(shape.enum) if getattr(shape, "enum", None) else _TEXT
        case "integer" | "long":
            return st.integers(shape.metadata.get("min", -3), shape.metadata.get("max", 300))
        case "boolean":
            return st.booleans()
    raise AssertionError(f"no values for {shape.type_name}")


def _structure(shape: Any, known: dict[str, list[Any]]) -> st.SearchStrategy[dict[str, Any]]:  # noqa: ANN401 - likewise
    members = {name: _member(name, member, known) for name, member in shape.members.items()}
    required = {name: value for name, value in members.items() if name in shape.required_members}
    optional = {name: value for name, value in members.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


def _member(name: str, shape: Shape, known: dict[str, list[Any]]) -> st.SearchStrategy[Any]:
    drawn = values(shape, known)
    return st.one_of(st.sampled_from(known[name]), drawn) if name in known else drawn

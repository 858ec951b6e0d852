"""The members of EKS's requests, as botocore's model knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.model import ListShape, StructureShape
from botocore.session import get_session

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import Shape

    Way = tuple[str, ...]
    Decisions = Mapping[str, Mapping[str, str]]

MODEL = get_session().get_service_model("eks")


def ways(operation: str, *without: Decisions) -> Iterator[Way]:
    """The ways into a request to the members that hold values, by way of structures and lists.

    ``without`` are tables of members, by shape, that are left out with all that is inside of them.
    """
    shape = MODEL.operation_model(operation).input_shape
    assert shape is not None
    yield from _ways(shape, without)


def _ways(shape: Shape, without: tuple[Decisions, ...]) -> Iterator[Way]:
    while isinstance(shape, ListShape):
        shape = shape.member
    if not isinstance(shape, StructureShape):
        yield ()
        return
    left_out = {name for table in without for name in table.get(shape.name, ())}
    for name, member in shape.members.items():
        if name not in left_out:
            yield from ((name, *way) for way in _ways(member, without))

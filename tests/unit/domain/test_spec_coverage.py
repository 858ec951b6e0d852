"""The spec against botocore's model of EKS."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.session import get_session

from lambdas.domain.constraints import Length, Range
from lambdas.domain.coverage import NOT_OFFERED, OWN, SHAPES, why_not_offered
from lambdas.domain.spec import ClusterSpec, Nodegroup
from lambdas.domain.spec.fields import FieldFacts, bare, classes, fields_of

MODEL = get_session().get_service_model("eks")
PAIRS = [(cls, shape) for cls, shapes in SHAPES.items() for shape in shapes]
# The calls that make what a spec describes.
CALLS = (
    "CreateCluster",
    "CreateNodegroup",
    "CreateAddon",
    "CreateAccessEntry",
    "AssociateAccessPolicy",
    "CreatePodIdentityAssociation",
)


def structure(name: str) -> StructureShape:
    shape = MODEL.shape_for(name)
    assert isinstance(shape, StructureShape)
    return shape


def shared_members() -> Iterator[tuple[str, FieldFacts, Shape]]:
    for cls, name in PAIRS:
        members = structure(name).members
        for field in fields_of(cls):
            if field.name in members:
                yield f"{name}.{field.name}", field, members[field.name]


SHARED = [pytest.param(field, shape, id=name) for name, field, shape in shared_members()]


@pytest.mark.parametrize(("cls", "name"), PAIRS, ids=lambda one: getattr(one, "__name__", one))
def test_every_member_of_a_shape_is_decided_upon(cls: type, name: str) -> None:
    ours = {field.name for field in fields_of(cls)} - OWN.get(cls, frozenset())
    not_offered = set(NOT_OFFERED.get(name, {}))
    assert not ours & not_offered
    assert ours | not_offered == set(structure(name).members)


def test_every_request_and_every_class_is_in_the_tables() -> None:
    covered = {shape for _, shape in PAIRS}
    requests = [MODEL.operation_model(call).input_shape for call in CALLS]
    assert {request.name for request in requests if request is not None} <= covered
    assert set(classes()) == set(SHAPES) | {cls for cls in OWN if cls not in SHAPES}
    assert set(NOT_OFFERED) <= covered


@pytest.mark.parametrize(("cls", "name"), PAIRS, ids=lambda one: getattr(one, "__name__", one))
def test_what_a_shape_holds_is_covered_too(cls: type, name: str) -> None:
    offered = {field.name for field in fields_of(cls)}
    inner = {_element(shape) for member, shape in structure(name).members.items() if member in offered}
    assert {shape.name for shape in inner if isinstance(shape, StructureShape)} <= {shape for _, shape in PAIRS}


@pytest.mark.parametrize(("field", "shape"), SHARED)
def test_enums_are_the_models(field: FieldFacts, shape: Shape) -> None:
    enum: list[str] = getattr(_element(shape), "enum", [])
    choices = _choices(field.type)
    # A shape may be a plain string where the documentation lists the values.
    assert not enum or set(choices) == set(enum)


@pytest.mark.parametrize(("field", "shape"), SHARED)
def test_limits_are_not_wider_than_the_models(field: FieldFacts, shape: Shape) -> None:
    limits: dict[str, Any] = shape.metadata
    for note in field.notes:
        if isinstance(note, Range) or (isinstance(note, Length) and not isinstance(shape, MapShape)):
            assert note.least >= limits.get("min", note.least)
            assert note.greatest is None or note.greatest <= limits.get("max", note.greatest)
    bounded = [note for note in field.notes if isinstance(note, (Range, Length)) and note.greatest is not None]
    assert bounded or "max" not in limits
    assert any(isinstance(note, (Range, Length)) for note in field.notes) or limits.get("min", 0) == 0


@pytest.mark.parametrize(
    ("cls", "member", "says"),
    [
        (ClusterSpec, "computeConfig", "Auto Mode"),
        (Nodegroup, "clientRequestToken", "token"),
        (Nodegroup, "nonsense", None),
        (ClusterSpec, "name", None),
    ],
)
def test_reasons_are_told(cls: type, member: str, says: str | None) -> None:
    reason = why_not_offered(cls, member)
    assert reason is None if says is None else says in str(reason)


def _element(shape: Shape) -> Shape:
    return _element(shape.member) if isinstance(shape, ListShape) else shape


def _choices(hint: object) -> tuple[object, ...]:
    hint = bare(hint)
    if get_origin(hint) is tuple:
        return _choices(get_args(hint)[0])
    return get_args(hint) if get_origin(hint) is Literal else ()

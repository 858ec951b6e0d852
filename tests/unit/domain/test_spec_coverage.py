"""The spec against botocore's model of EKS."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pytest
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from botocore.session import get_session

from lambdas.domain.constraints import Length, Range
from lambdas.domain.coverage import DERIVED, NOT_OFFERED, OWN, SHAPES, why_not_given
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


def undecided(model: ServiceModel) -> list[str]:
    """What the calls can say and nobody has decided upon, or what was decided about and they cannot say."""
    inputs = [model.operation_model(call).input_shape for call in CALLS]
    waiting: list[Shape] = [shape for shape in inputs if shape is not None]
    seen: dict[str, StructureShape] = {}
    while waiting:
        shape = _element(waiting.pop())
        if isinstance(shape, StructureShape) and shape.name not in seen:
            seen[shape.name] = shape
            waiting.extend(
                member for name, member in shape.members.items() if name not in NOT_OFFERED.get(shape.name, {})
            )
    return [message for shape in seen.values() for message in _undecided_members(shape)] + [
        f"{name} is in lambdas/domain/coverage.py, but no call of EKS's has that shape."
        for name in sorted({*DERIVED, *NOT_OFFERED, *(name for _, name in PAIRS)} - set(seen))
    ]


def _undecided_members(shape: StructureShape) -> Iterator[str]:
    classes_of = [cls for cls, name in PAIRS if name == shape.name]
    fields = {field.name for cls in classes_of for field in fields_of(cls)} - {
        name for cls in classes_of for name in OWN.get(cls, ())
    }
    tables = [fields, set(DERIVED.get(shape.name, {})), set(NOT_OFFERED.get(shape.name, {}))]
    decided = set[str]().union(*tables)
    where = classes_of[0].__name__ if classes_of else "a new class for SHAPES"
    for member in shape.members.keys() - decided:
        yield (
            f"EKS's {shape.name} has the member {member}: make it a field of {where} in lambdas/domain/spec, or say in "
            "lambdas/domain/coverage.py what it follows from (DERIVED) or why it is not offered (NOT_OFFERED)."
        )
    for member in decided - shape.members.keys():
        yield f"{shape.name}.{member} is decided upon, but EKS has no such member: take it out, or add it to OWN."
    if sum(map(len, tables)) > len(decided):
        yield f"A member of {shape.name} is decided upon twice: a field, derived and not offered exclude each other."


def test_every_member_of_every_call_is_decided_upon() -> None:
    assert undecided(MODEL) == []


def with_member(shape: str, member: str) -> ServiceModel:
    """EKS as a later botocore may describe it."""
    description = dict(Loader().load_service_model("eks", "service-2"))
    old = description["shapes"][shape]
    grown = {**old, "members": {**old["members"], member: {"shape": "String"}}}
    return ServiceModel({**description, "shapes": {**description["shapes"], shape: grown}})


@pytest.mark.parametrize(
    ("shape", "cls"),
    [
        ("CreateClusterRequest", "ClusterSpec"),
        ("NodeRepairConfigOverrides", "NodeRepairOverride"),
        ("CreateAccessConfigRequest", "a new class"),
        ("RemotePodNetwork", "RemoteNetwork"),
    ],
)
def test_a_member_that_a_new_botocore_brings_is_noticed(shape: str, cls: str) -> None:
    (message,) = undecided(with_member(shape, "novelty"))
    assert message.startswith(f"EKS's {shape} has the member novelty: make it a field of {cls}")


def test_what_is_not_offered_is_so_with_all_that_is_inside() -> None:
    assert undecided(with_member("OutpostConfigRequest", "novelty")) == []


def test_every_class_is_in_the_tables() -> None:
    assert set(classes()) == set(SHAPES) | {cls for cls in OWN if cls not in SHAPES}


@pytest.mark.parametrize(("field", "shape"), SHARED)
def test_enums_are_the_models(field: FieldFacts, shape: Shape) -> None:
    enum: list[str] = getattr(_element(shape), "enum", [])
    choices = _choices(field.type)
    # A shape may be a plain string where the documentation lists the values.
    assert not enum or set(choices) == set(enum), f"Let {field.name} have the values of botocore's {shape.name}."


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
        (Nodegroup, "clientRequestToken", "recognises"),
        (Nodegroup, "nonsense", None),
        (ClusterSpec, "name", None),
    ],
)
def test_reasons_are_told(cls: type, member: str, says: str | None) -> None:
    reason = why_not_given(cls, member)
    assert reason is None if says is None else says in str(reason)


def _element(shape: Shape) -> Shape:
    return _element(shape.member) if isinstance(shape, ListShape) else shape


def _choices(hint: object) -> tuple[object, ...]:
    hint = bare(hint)
    if get_origin(hint) is tuple:
        return _choices(get_args(hint)[0])
    return get_args(hint) if get_origin(hint) is Literal else ()

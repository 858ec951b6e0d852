"""The JSON Schema says what the door does."""

import json
from collections.abc import Mapping
from typing import Any, get_origin, get_type_hints

import jsonschema
import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter

from lambdas.domain.admission import admit_object, json_schema
from lambdas.domain.conditions import CONDITIONS
from lambdas.domain.constraints import JsonValue, Length, Pattern, Range
from lambdas.domain.refusal import Refused
from lambdas.domain.schema import from_components, to_components
from lambdas.domain.spec.fields import FieldFacts, classes, fields_of
from tests.unit.domain.broken_specs import BROKEN
from tests.unit.domain.strategies import documents

SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
DEFINITIONS: dict[str, Any] = {"ClusterSpec": SCHEMA, **SCHEMA["$defs"]}  # type: ignore[dict-item] # an object
ALL_FIELDS = [
    pytest.param(cls, field, id=f"{cls.__name__}.{field.name}") for cls in classes() for field in fields_of(cls)
]


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@settings(max_examples=10, deadline=None)
@given(documents())
def test_it_lets_in_what_the_door_lets_in(document: dict[str, JsonValue]) -> None:
    VALIDATOR.validate(document)


@pytest.mark.parametrize(
    "members",
    [
        {"nonsense": 1},
        {"name": "-a"},
        {"nodegroups": [{}]},
        {"nodegroups": [{"nodegroupName": "g", "diskSize": 0}]},
        {"nodegroups": [{"nodegroupName": "g", "instanceTypes": ["t3.micro", "t3.micro"]}]},
        {"nodegroups": [{"nodegroupName": "g", "amiType": "AL2024"}]},
        {"tags": {"aws:a": "b"}},
        {"addons": [{"addonName": "a", "configurationValues": 1}]},
        {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0"}},
        {"resourcesVpcConfig": {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]}},
        {"nodegroups": [{"nodegroupName": "g", "scalingConfig": {"minSize": 1, "maxSize": 0, "desiredSize": 1}}]},
        {"nodegroups": [{"nodegroupName": "g", "scalingConfig": {"minSize": 1, "maxSize": 10**10, "desiredSize": 1}}]},
        {"name": "a" * 101},
        {"name": None},
        {"nodegroups": {}},
        {"deletionProtection": "yes"},
        {"nodegroups": [{"nodegroupName": "g"}] * 31},
    ],
)
def test_it_refuses_what_the_door_refuses(members: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid({"name": "a", **members})
    with pytest.raises(Refused):
        admit_object({"name": "a", **members})


# Rules that compare values, look into names, or look at more than one object.
THE_DOORS_OWN = {
    "anywhere_is_said_aloud",  # of which a schema sees one block, not several that add up
    "ipv6_blocks_need_ipv6",
    "nothing_lies_in_a_new_vpc",
    "ipv6_needs_the_vpc_cni",
    "hybrid_nodes_need_ipv4",
    "networks_lie_apart",
    "each_log_type_once",
    "ports_in_order",
    "each_resource_weighted_once",
    "nodes_follow_the_cluster",
    "releases_are_of_the_version",
    "old_images_only_on_old_versions",
    "each_principal_once",
    "session_names_follow_a_colon",
    "node_roles_join_as_nodes",
    "each_service_account_once",
    "each_addon_once",
    "wanted_or_omitted",
    "each_account_once",
    "each_group_once",
    "sizes_in_order",
    "labels_are_free",
    "each_taint_once",
    "one_architecture",
    "images_fit_the_processors",
    "images_fit_the_accelerators",
    "image_can_be_derived",
    "accelerated_images_name_their_machines",
    "no_windows_on_ipv6",
}
# Parts of rules that are the door's own, by what they point at.
THE_DOORS_OWN_PARTS = {"policyArn", "poolState", "principalArn", "reuseOnScaleIn"}
SEEN = [
    pytest.param(members, id=f"{rule}{where}")
    for members, rule, where in BROKEN
    if rule not in THE_DOORS_OWN and where.rpartition("/")[2] not in THE_DOORS_OWN_PARTS
]


@pytest.mark.parametrize("members", SEEN)
def test_it_sees_which_members_need_or_exclude_each_other(members: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid({"name": "a", **members})


def test_only_rules_that_a_schema_cannot_say_are_left_to_the_door() -> None:
    assert {rule for _, rule, _ in BROKEN} > THE_DOORS_OWN
    assert len(SEEN) >= 20


@pytest.mark.parametrize(
    "group",
    [
        {"updateConfig": {"maxUnavailable": 1, "maxUnavailablePercentage": None}},
        {"launchTemplate": None, "diskSize": 20},
        {"launchTemplate": {"id": "lt-12345678"}, "diskSize": None},
    ],
)
def test_null_is_as_good_as_left_out(group: dict[str, Any]) -> None:
    document: dict[str, JsonValue] = {"name": "a", "nodegroups": [{"nodegroupName": "g", **group}]}
    VALIDATOR.validate(document)
    assert admit_object(document).name == "a"


def test_it_goes_into_openapi_and_comes_out_again() -> None:
    components = to_components(SCHEMA)
    assert "#/$defs/" not in json.dumps(components)
    assert from_components({"Plan": {"type": "object"}, **components}) == SCHEMA


def test_every_condition_is_of_a_class() -> None:
    assert set(CONDITIONS) <= set(DEFINITIONS)


def test_every_class_has_a_title_and_says_what_it_is() -> None:
    titles = {cls.__name__: DEFINITIONS[cls.__name__]["title"] for cls in classes()}
    assert titles == {cls.__name__: cls.__name__ for cls in classes()} | {"ClusterSpec": "Slipway cluster spec"}
    for cls in classes():
        assert DEFINITIONS[cls.__name__]["description"] == cls.__doc__


@pytest.mark.parametrize(("cls", "field"), ALL_FIELDS)
def test_limits_are_in_the_schema(cls: type, field: FieldFacts) -> None:
    described = json.dumps(DEFINITIONS[cls.__name__]["properties"][field.name])
    words = {tuple: "Items", Mapping: "Properties"}.get(get_origin(field.type) or str, "Length")
    for note in field.notes:
        if isinstance(note, Length):
            assert f'"min{words}": {note.least}' in described or (words != "Length" and note.least == 0)
            assert note.greatest is None or f'"max{words}": {note.greatest}' in described
        if isinstance(note, Range):
            assert f'"minimum": {note.least}' in described
            assert f'"maximum": {note.greatest}' in described
        if isinstance(note, Pattern):
            assert json.dumps(note.keywords()["pattern"]) in described


@pytest.mark.parametrize(("cls", "field"), ALL_FIELDS)
def test_examples_are_right(cls: type, field: FieldFacts) -> None:
    assert field.doc is not None
    # The schema knows the fields there are, the type the constraints that no schema can say.
    member = DEFINITIONS[cls.__name__]["properties"][field.name]
    jsonschema.Draft202012Validator({**member, "$defs": SCHEMA["$defs"]}).validate(field.doc.example)
    hint = get_type_hints(cls, include_extras=True)[field.name]
    TypeAdapter(hint).validate_json(json.dumps(field.doc.example))


@pytest.mark.parametrize(("cls", "field"), ALL_FIELDS)
def test_every_field_is_described(cls: type, field: FieldFacts) -> None:
    described = DEFINITIONS[cls.__name__]["properties"][field.name]
    assert field.doc is not None
    assert described["description"].startswith(field.doc.text)
    assert described["examples"] == [field.doc.example]
    assert "title" not in described

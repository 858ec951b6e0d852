"""The JSON Schema says what the door does."""

import json
from typing import Any, get_type_hints

import jsonschema
import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter

from lambdas.domain.admission import json_schema
from lambdas.domain.constraints import JsonValue
from lambdas.domain.spec.fields import FieldFacts, classes, fields_of
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
    ],
)
def test_it_refuses_what_the_door_refuses(members: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid({"name": "a", **members})


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

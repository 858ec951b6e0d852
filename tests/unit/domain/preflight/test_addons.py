from __future__ import annotations

import json

import pytest

from lambdas.domain.preflight.addons import OfferedAddon, settings_errors, unknown_addon, version_errors
from lambdas.domain.spec import Addon
from tests.unit.domain.preflight.judging import pointers

PATH = ("addons", 1)
OFFERED = OfferedAddon(versions=("v1.13.2-eksbuild.4", "v1.12.4-eksbuild.10"), default="v1.12.4-eksbuild.10")
NO_DEFAULT = OfferedAddon(versions=OFFERED.versions, default=None)
CLOSED = {"type": "object", "additionalProperties": False, "properties": {"replicaCount": {}, "tolerations": {}}}
OPEN = {"type": "object", "properties": {"replicaCount": {}}}


def test_a_misspelt_add_on_gets_the_nearest_name_and_what_is_offered() -> None:
    error = unknown_addon(Addon(addonName="core-dns"), PATH, "1.35", ["vpc-cni", "coredns"])
    assert error.pointer == "/addons/1/addonName"
    assert error.remedy == "Did you mean coredns? EKS offers coredns, vpc-cni."


def test_an_add_on_like_none_gets_what_is_offered() -> None:
    assert unknown_addon(Addon(addonName="x"), PATH, "1.35", ["coredns"]).remedy == "EKS offers coredns."


@pytest.mark.parametrize(
    ("version", "offered", "places"),
    [
        (None, OFFERED, []),
        ("v1.13.2-eksbuild.4", OFFERED, []),
        ("v1.13.2-eksbuild.4", NO_DEFAULT, []),
        ("v1.11.4-eksbuild.33", OFFERED, ["/addons/1/addonVersion"]),
        ("v1.11.4-eksbuild.33", NO_DEFAULT, ["/addons/1/addonVersion"]),
        (None, NO_DEFAULT, ["/addons/1/addonVersion"]),
    ],
)
def test_a_version_must_be_offered(version: str | None, offered: OfferedAddon, places: list[str]) -> None:
    addon = Addon(addonName="coredns", addonVersion=version)
    errors = list(version_errors(addon, PATH, "1.35", offered))
    assert pointers(errors) == places
    for error in errors:
        assert "v1.13.2-eksbuild.4, v1.12.4-eksbuild.10" in error.remedy
        assert ("leave addonVersion out" in error.remedy) is (offered.default is not None)


@pytest.mark.parametrize(
    ("schema", "values", "unknown"),
    [
        pytest.param(CLOSED, '{"replicaCount": 3}', [], id="known"),
        pytest.param(CLOSED, '{"replicas": 3, "x": 1}', ["replicas", "x"], id="unknown"),
        pytest.param(CLOSED, "replicas: 3", [], id="YAML, which is not read here"),
        pytest.param(CLOSED, "[1]", [], id="no object, which EKS refuses"),
        pytest.param(CLOSED, "{}", [], id="nothing"),
        pytest.param(OPEN, '{"replicas": 3}', [], id="a schema that lets others in"),
        pytest.param({"additionalProperties": False}, '{"replicas": 3}', [], id="a schema without names"),
        pytest.param({}, '{"replicas": 3}', [], id="no schema"),
        pytest.param(
            {"$ref": "#/definitions/Coredns", "definitions": {"Coredns": CLOSED}},
            '{"replicas": 3}',
            ["replicas"],
            id="by reference",
        ),
        pytest.param({"$ref": "#/$defs/C", "$defs": {"C": CLOSED}}, '{"replicas": 3}', ["replicas"], id="new drafts"),
        pytest.param({"$ref": "#/definitions/Lost"}, '{"replicas": 3}', [], id="a reference to nowhere"),
        pytest.param({"$ref": "https://elsewhere"}, '{"replicas": 3}', [], id="a reference to elsewhere"),
    ],
)
def test_outermost_names_are_held_to_the_schema(schema: object, values: str, unknown: list[str]) -> None:
    addon = Addon(addonName="coredns", configurationValues=values)
    forms: list[object] = [values, {}]
    sent = [{"addons": [{}, {"configurationValues": form}]} for form in forms]
    found = [list(settings_errors(addon, PATH, it, json.dumps(schema))) for it in sent]
    where = "/addons/1/configurationValues"
    assert pointers(found[0]) == [where for _ in unknown]
    assert pointers(found[1]) == [f"{where}/{name}" for name in unknown]


def test_a_misspelt_setting_gets_the_nearest_name() -> None:
    addon = Addon(addonName="coredns", configurationValues='{"replicaCuont": 3, "x": 1}')
    near, none = settings_errors(addon, PATH, {}, json.dumps(CLOSED))
    assert near.remedy == "Did you mean replicaCount?"
    assert none.remedy == "The names here are replicaCount, tolerations."


def test_a_schema_that_is_no_json_judges_nothing() -> None:
    addon = Addon(addonName="coredns", configurationValues='{"replicas": 3}')
    assert list(settings_errors(addon, PATH, {}, "")) == []

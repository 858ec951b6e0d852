"""The door: what comes in, what is refused and how it is said."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lambdas.domain.admission import admit, admit_object, require_rules
from lambdas.domain.completion import completed
from lambdas.domain.constraints import JsonValue
from lambdas.domain.documents import MAX_BYTES, MAX_DEPTH
from lambdas.domain.refusal import MOST_ERRORS, FieldError, Refused, pointer
from lambdas.domain.spec import DEFAULT_ADDON_NAMES, Addon, ClusterSpec, Nodegroup, ScalingConfig, to_json
from tests.unit.domain.strategies import documents, raw_specs


def refusal(document: object) -> Refused:
    with pytest.raises(Refused) as caught:
        admit_object(document)
    return caught.value


def errors_of(document: object) -> tuple[FieldError, ...]:
    """Answer why a document is refused; nothing if it is not."""
    try:
        admit_object(document)
    except Refused as refused:
        return refused.errors
    return ()


def only_error(document: object) -> FieldError:
    errors = refusal(document).errors
    assert len(errors) == 1, errors
    return errors[0]


@settings(max_examples=20, deadline=None)
@given(raw_specs())
def test_valid_specs_come_in_completed_and_come_in_again_unchanged(spec: ClusterSpec) -> None:
    admitted = admit_object(to_json(spec))
    assert admitted == completed(spec)
    assert admit(json.dumps(to_json(admitted))) == admitted


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50)
@given(document=json_values, name=st.sampled_from(["name", "nodegroups", "vpc", "addons", "logging", "tags"]))
@example(document=[{}], name="nodegroups")
def test_anything_else_is_refused_in_words(document: object, name: str) -> None:
    for error in errors_of({"name": "a", name: document}):
        assert error.pointer.startswith(f"/{name}")
        assert error.detail.endswith(".")
        assert error.remedy.endswith((".", "?"))


@settings(max_examples=20, deadline=None)
@given(documents(), st.data())
def test_a_misspelt_field_is_found_wherever_it_is(document: dict[str, JsonValue], data: st.DataObject) -> None:
    places = list(objects_in(document, ()))
    path, found = data.draw(st.sampled_from(places))
    found["nonsense"] = 1
    error = only_error(document)
    assert error.pointer == pointer((*path, "nonsense"))
    assert error.detail == "nonsense: there is no such field."


def objects_in(value: Any, path: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - JSON, changed in place
    """Answer the objects of a document that are classes of the spec."""
    if isinstance(value, dict) and path[-1:] not in {("tags",), ("labels",)}:
        yield path, value
    members = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for step, member in members:
        if step not in {"tags", "labels"}:
            yield from objects_in(member, (*path, step))


def test_a_name_is_enough() -> None:
    spec = admit('{"name": "simple-bank"}')
    assert tuple(addon.addonName for addon in spec.addons) == DEFAULT_ADDON_NAMES
    assert spec.deletionProtection
    assert spec.resourcesVpcConfig.endpointPrivateAccess
    assert not spec.resourcesVpcConfig.endpointPublicAccess
    assert spec.upgradePolicy.supportType == "STANDARD"
    assert {kind for setup in spec.logging.clusterLogging if setup.enabled for kind in setup.types} == {
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    }


@pytest.mark.parametrize(
    ("text", "status", "says"),
    [
        ("", 400, "not JSON: Expecting value (line 1, column 1)"),
        ('{"name": "a",}', 400, "not JSON"),
        (b'{"name": "\xff"}', 400, "not UTF-8 (byte 10)"),
        ("[]", 400, "not an object"),
        ('"name"', 400, "not an object"),
        ('{"name": "a", "name": "b"}', 400, "'name' is there twice"),
        ('{"name": "a", "tags": {"b": "1", "b": "1"}}', 400, "'b' is there twice"),
        ('{"name": NaN}', 400, "The number nan"),
        ('{"name": 1e999}', 400, "The number inf"),
        ('{"name": "\\ud800"}', 400, "lone surrogate"),
        ('{"name": "a", "tags": {"\\udfff": "b"}}', 400, "lone surrogate"),
        ('{"name": ' + "[" * 60_000, 400, f"more than {MAX_DEPTH} levels deep"),
        ('{"name": ' + "[" * 40 + "]" * 40 + "}", 400, f"more than {MAX_DEPTH} levels deep"),
        ('{"name": ' + "9" * 5000 + "}", 400, "too many digits"),
        ('{"name": "' + "a" * MAX_BYTES + '"}', 413, "larger than 65536 bytes"),
        ("{}", 422, "name: it is missing"),
        ("\ud800", 400, "not UTF-8"),
        ('\ufeff{"name": "a"}', 400, "byte order mark"),
        ('{"name": "a", "tags": {"b": "\ufffd"}}', 400, "not UTF-8 (character 29 was lost)"),
        (b'{"name": "a", "addons": [' + b'{"addonName": "a"},' * 3_000 + b'{"addonName": "b"}]}', 422, "twice"),
    ],
)
def test_what_is_not_a_spec_at_all(text: str | bytes, status: int, says: str) -> None:
    with pytest.raises(Refused) as caught:
        admit(text)
    assert caught.value.status == status
    assert [error for error in caught.value.errors if says in error.detail]
    assert all(error.remedy for error in caught.value.errors)


@pytest.mark.parametrize(
    ("document", "where", "says"),
    [
        ({"name": date(2026, 11, 21)}, "/name", "is a date"),
        ({"name": "a", 1: "b"}, "/1", "The key 1 is not a string"),
        ({"name": "a", "tags": {True: "b"}}, "/tags/True", "The key True is not a string"),
        (["a"], "", "not an object"),
    ],
)
def test_yaml_can_say_what_json_cannot(document: object, where: str, says: str) -> None:
    error = only_error(document)
    assert error.pointer == where
    assert says in error.detail


GROUP = {"nodegroupName": "g"}


def test_all_errors_come_at_once() -> None:
    refused = refusal({"name": "-", "version": "2", "nodegroups": [{}, GROUP | {"diskSize": 0}]})
    where = [error.pointer for error in refused.errors]
    assert where == ["/name", "/version", "/nodegroups/0/nodegroupName", "/nodegroups/1/diskSize"]
    assert str(refused).startswith("/name: name: '-' is not a cluster name.; /version: ")


def test_a_list_is_not_also_too_short_for_a_wrong_element() -> None:
    error = only_error({"name": "a", "remoteNetworkConfig": {"remoteNodeNetworks": [{"cidrs": ["office"]}]}})
    assert error.pointer == "/remoteNetworkConfig/remoteNodeNetworks/0/cidrs/0"


@pytest.mark.parametrize(
    "members",
    [
        {f"field{n}": 1 for n in range(MOST_ERRORS * 2)},
        {"addons": [{"addonName": "a"}] * MOST_ERRORS * 2},
        {"tags": [float("nan")] * MOST_ERRORS * 2},
    ],
)
def test_there_is_an_end_to_the_errors(members: dict[str, object]) -> None:
    assert len(refusal({"name": "a", **members}).errors) == MOST_ERRORS


def test_settings_of_addons_may_be_objects() -> None:
    values = {"b": 1, "a": {"ü": [1, 2]}}
    spec = admit_object({"name": "a", "addons": [{"addonName": "metrics-server", "configurationValues": values}]})
    assert spec.addons[-1].configurationValues == '{"a":{"ü":[1,2]},"b":1}'


def test_given_addons_come_on_top_of_the_default_ones() -> None:
    given_addons = [{"addonName": "metrics-server"}, {"addonName": "coredns", "addonVersion": "v1.11.4-eksbuild.2"}]
    spec = admit_object({"name": "a", "addons": given_addons, "omitDefaultAddons": ["kube-proxy"]})
    assert spec.addons == (
        Addon(addonName="vpc-cni"),
        Addon(addonName="coredns", addonVersion="v1.11.4-eksbuild.2"),
        Addon(addonName="eks-pod-identity-agent"),
        Addon(addonName="metrics-server"),
    )


@pytest.mark.parametrize(
    ("group", "types", "ami_type", "disk"),
    [
        ({}, ("t3.medium",), "AL2023_x86_64_STANDARD", 20),
        ({"instanceTypes": ["m7g.large"]}, ("m7g.large",), "AL2023_ARM_64_STANDARD", 20),
        ({"instanceTypes": ["g6.xlarge"], "diskSize": 100}, ("g6.xlarge",), "AL2023_x86_64_NVIDIA", 100),
        ({"instanceTypes": ["trn1.2xlarge"]}, ("trn1.2xlarge",), "AL2023_x86_64_NEURON", 20),
        ({"instanceTypes": ["u-6tb1.metal"]}, ("u-6tb1.metal",), None, 20),
        ({"amiType": "BOTTLEROCKET_ARM_64"}, ("t4g.medium",), "BOTTLEROCKET_ARM_64", 20),
        ({"amiType": "WINDOWS_CORE_2022_x86_64"}, ("t3.medium",), "WINDOWS_CORE_2022_x86_64", 50),
        ({"launchTemplate": {"id": "lt-12345678"}}, (), None, None),
    ],
)
def test_node_groups_are_completed(
    group: Mapping[str, object], types: tuple[str, ...], ami_type: str | None, disk: int | None
) -> None:
    (admitted,) = admit_object({"name": "a", "nodegroups": [{**GROUP, **group}]}).nodegroups
    assert (admitted.instanceTypes, admitted.amiType, admitted.diskSize) == (types, ami_type, disk)


def test_a_changed_spec_can_be_checked_again() -> None:
    sizes = ScalingConfig(minSize=2, maxSize=1, desiredSize=1)
    with pytest.raises(Refused, match="minSize 2 is above maxSize 1"):
        require_rules(ClusterSpec(name="a", nodegroups=(Nodegroup(nodegroupName="g", scalingConfig=sizes),)))
    require_rules(ClusterSpec(name="a"))

"""What UpdateAddon is asked for, and which version an add-on is to have, as tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lambdas.domain.planner.addons import Chosen, Offered, chosen, frozen, later, updates
from lambdas.domain.planner.differences import Difference, Effect
from lambdas.domain.spec import Addon
from lambdas.domain.spec.addon import AddonNamespaceConfig, AddonPodIdentityAssociation

ROLE, OTHER_ROLE = "arn:aws:iam::000000000000:role/cni", "arn:aws:iam::000000000000:role/other"
ADDON = Addon(addonName="vpc-cni")
THERE: dict[str, Any] = {"addonName": "vpc-cni", "addonVersion": "v1", "status": "ACTIVE"}
PODS = (AddonPodIdentityAssociation(serviceAccount="aws-node", roleArn=ROLE),)
AS_PODS = [{"serviceAccount": "aws-node", "roleArn": ROLE}]


def test_what_is_as_it_should_be_needs_no_update() -> None:
    assert list(updates(ADDON, "v1", THERE, {})) == []


@pytest.mark.parametrize(
    ("wanted", "there", "differs"),
    [
        ({"configurationValues": '{"a":1}'}, {}, ("configurationValues", None, '{"a":1}')),
        ({"configurationValues": '{"a":1}'}, {"configurationValues": '{"a":2}'},
         ("configurationValues", '{"a":2}', '{"a":1}')),
        ({}, {"configurationValues": "a: 1"}, ("configurationValues", "a: 1", None)),
        ({"configurationValues": "a: 2"}, {"configurationValues": "a: 1"}, ("configurationValues", "a: 1", "a: 2")),
        ({"serviceAccountRoleArn": ROLE}, {}, ("serviceAccountRoleArn", None, ROLE)),
        ({"serviceAccountRoleArn": ROLE}, {"serviceAccountRoleArn": OTHER_ROLE},
         ("serviceAccountRoleArn", OTHER_ROLE, ROLE)),
        ({}, {"serviceAccountRoleArn": ROLE}, ("serviceAccountRoleArn", ROLE, None)),
        ({}, {"addonVersion": "v0"}, ("addonVersion", "v0", "v1")),
    ],
)  # fmt: skip
def test_each_member_is_compared(wanted: dict[str, Any], there: dict[str, Any], differs: tuple[Any, ...]) -> None:
    (update,) = updates(replace(ADDON, **wanted), "v1", {**THERE, **there}, {})
    assert update.differences == (Difference(*differs),)
    assert update.operation == "update_addon"


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ('{"a":{"b":1,"c":[1]}}', '{ "a": {"c": [1], "b": 1} }'),
        ("a: 1", "a: 1\n"),
        (None, "{}"),
        (None, ""),
        ("{}", None),
    ],
)
def test_settings_are_compared_by_what_they_mean(wanted: str | None, there: str | None) -> None:
    addon = replace(ADDON, configurationValues=wanted)
    assert list(updates(addon, "v1", {**THERE, "configurationValues": there}, {})) == []


@pytest.mark.parametrize(
    ("wanted", "roles", "before", "after"),
    [
        (PODS, {}, [], AS_PODS),
        (PODS, {"aws-node": OTHER_ROLE}, [{"serviceAccount": "aws-node", "roleArn": OTHER_ROLE}], AS_PODS),
        ((), {"aws-node": ROLE}, AS_PODS, []),
    ],
)
def test_associations_are_compared_whole(
    wanted: tuple[AddonPodIdentityAssociation, ...],
    roles: dict[str, str],
    before: object,
    after: object,
) -> None:
    (update,) = updates(replace(ADDON, podIdentityAssociations=wanted), "v1", THERE, roles)
    assert update.differences == (Difference("podIdentityAssociations", before, after),)
    assert update.request["podIdentityAssociations"] == after
    assert update.effect is Effect.IN_PLACE


def test_associations_that_are_right_are_left_alone() -> None:
    (update,) = updates(replace(ADDON, podIdentityAssociations=PODS), "v2", THERE, {"aws-node": ROLE})
    assert "podIdentityAssociations" not in update.request


def test_one_update_carries_all_that_is_wanted() -> None:
    addon = replace(ADDON, configurationValues='{"a":1}', serviceAccountRoleArn=ROLE, resolveConflicts="OVERWRITE")
    there = {**THERE, "configurationValues": '{"a":1}', "serviceAccountRoleArn": ROLE}
    (update,) = updates(addon, "v2", there, {})
    assert update.request == {
        "addonVersion": "v2", "configurationValues": '{"a":1}', "serviceAccountRoleArn": ROLE,
        "resolveConflicts": "OVERWRITE",
    }  # fmt: skip
    assert [it.field for it in update.differences] == ["addonVersion"]
    assert update.effect is Effect.ROLLING


def test_what_nobody_says_is_not_sent_but_for_the_conflicts() -> None:
    (update,) = updates(ADDON, "v2", THERE, {})
    assert update.request == {"addonVersion": "v2", "resolveConflicts": "PRESERVE"}


def test_settings_go_as_an_empty_object() -> None:
    (update,) = updates(ADDON, "v1", {**THERE, "configurationValues": '{"a":1}'}, {})
    assert update.request["configurationValues"] == "{}"


def test_a_failed_update_is_made_again_though_nothing_else_differs() -> None:
    failed = {**THERE, "status": "UPDATE_FAILED"}
    (update,) = updates(ADDON, "v1", failed, {}, mend=True)
    assert update.differences == (Difference("status", "UPDATE_FAILED", "ACTIVE"),)
    assert update.request == {"addonVersion": "v1", "resolveConflicts": "PRESERVE"}
    (other,) = updates(ADDON, "v2", failed, {}, mend=True)
    assert [it.field for it in other.differences] == ["addonVersion"]


@pytest.mark.parametrize(
    ("wanted", "there", "differs"),
    [
        (None, {"namespace": "kube-system"}, ()),
        ("monitoring", {"namespace": "monitoring"}, ()),
        ("monitoring", None, ()),
        ("monitoring", {"namespace": "kube-system"},
         (Difference("namespaceConfig.namespace", "kube-system", "monitoring"),)),
    ],
)  # fmt: skip
def test_the_namespace_is_for_good(
    wanted: str | None, there: dict[str, str] | None, differs: tuple[Difference, ...]
) -> None:
    addon = replace(ADDON, namespaceConfig=AddonNamespaceConfig(namespace=wanted) if wanted else None)
    assert frozen(addon, {**THERE, **({"namespaceConfig": there} if there else {})}) == differs


# -- which version


OFFER = Offered(versions=("v1.9.0-eksbuild.2", "v1.10.0-eksbuild.1", "v1.8.0-eksbuild.1"), default="v1.9.0-eksbuild.2")
LOW, DEFAULT, HIGH = "v1.8.0-eksbuild.1", "v1.9.0-eksbuild.2", "v1.10.0-eksbuild.1"
GONE = "v1.7.0-eksbuild.1"


def must_not_ask() -> Offered:
    raise AssertionError


def at(version: str, kubernetes: str) -> Chosen:
    return Chosen(version=version, kubernetes=kubernetes)


@pytest.mark.parametrize(
    ("pinned", "present", "before", "climbing", "version"),
    [
        pytest.param(None, LOW, None, False, LOW, id="what is there counts as chosen"),
        pytest.param(None, LOW, at(LOW, "1.35"), False, LOW, id="what was chosen stays chosen"),
        pytest.param(None, LOW, at(LOW, "1.35"), True, LOW, id="and on the way up, until this rung is left"),
        pytest.param(None, HIGH, at(LOW, "1.35"), False, LOW, id="somebody else changed it"),
        pytest.param(HIGH, LOW, at(LOW, "1.35"), False, HIGH, id="the spec goes before"),
        pytest.param(LOW, HIGH, at(HIGH, "1.34"), False, LOW, id="also backwards, at the top"),
        pytest.param(LOW, LOW, at(LOW, "1.35"), True, LOW, id="pinned and there, on the way up"),
    ],
)
def test_where_nothing_is_new_eks_is_not_asked(
    pinned: str | None,
    present: str,
    before: Chosen | None,
    version: str,
    *,
    climbing: bool,
) -> None:
    assert chosen(pinned, present, before, "1.35", climbing=climbing, offered=must_not_ask) == at(version, "1.35")


@pytest.mark.parametrize(
    ("pinned", "present", "version"),
    [
        pytest.param(None, LOW, DEFAULT, id="the default"),
        pytest.param(None, GONE, DEFAULT, id="the default of what is offered no more"),
        pytest.param(None, HIGH, HIGH, id="never lower, and 10 is more than 9"),
        pytest.param(None, "v2.0.0", DEFAULT, id="lower, if this rung cannot run it"),
        pytest.param(HIGH, LOW, HIGH, id="pinned and offered"),
        pytest.param("v2.0.0", LOW, LOW, id="pinned for a later rung"),
        pytest.param("v2.0.0", GONE, DEFAULT, id="pinned for a later rung, and what is there is too old"),
    ],
)
def test_another_rung_asks_what_eks_offers(pinned: str | None, present: str, version: str) -> None:
    decided = chosen(pinned, present, at(present, "1.34"), "1.35", climbing=True, offered=lambda: OFFER)
    assert decided == at(version, "1.35")


@pytest.mark.parametrize("pinned", [None, "v2.0.0"])
def test_what_eks_does_not_offer_at_all_stays(pinned: str | None) -> None:
    decided = chosen(pinned, LOW, at(LOW, "1.34"), "1.35", climbing=True, offered=Offered)
    assert decided == at(LOW, "1.35")


def test_a_choice_travels_as_a_fact() -> None:
    assert Chosen.of(at(LOW, "1.35").told()) == at(LOW, "1.35")
    assert Chosen.of(None) is None


@pytest.mark.parametrize(
    ("pinned", "steps"),
    [
        (None, [("v1", "v3", "1.37")]),
        ("v2", [("v1", "v2", "1.36")]),
        ("v4", [("v1", "v4", "1.37")]),
        ("v1", []),
    ],
)
def test_later_rungs_are_told(pinned: str | None, steps: list[tuple[str, str, str]]) -> None:
    """As they will be decided: nothing changes on a rung that takes what is there and calls it default."""
    offers = {"1.36": Offered(versions=("v1", "v2"), default="v1"), "1.37": Offered(versions=("v3",), default="v3")}
    if pinned == "v1":
        offers["1.37"] = Offered(versions=("v1", "v3"), default="v3")
    told = list(later(replace(ADDON, addonVersion=pinned), at("v1", "1.35"), ("1.36", "1.37"), offers.__getitem__))
    assert [(it.differences, it.rung) for it in told] == [
        ((Difference("addonVersion", before, after),), rung) for before, after, rung in steps
    ]
    assert list(later(ADDON, at("v1", "1.35"), (), offers.__getitem__)) == []

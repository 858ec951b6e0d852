"""Access entries, policies and pod identity associations that are there and are to be otherwise, over the twin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.pacing import Part
from lambdas.domain.planner.differences import Difference
from lambdas.domain.progress import REFUSE, Failed, Ready, Waiting
from lambdas.domain.spec import AccessEntry, AccessPolicy, PodIdentityAssociation
from lambdas.domain.spec.access import AccessScope
from lambdas.steps.access import CONTRACT
from tests.removing import updating
from tests.unit.steps.converging import Life
from tests.unit.steps.kinds import PERSON_PATH
from tests.unit.steps.stage import NAME, NODE_ROLE, spec
from tests.unit.twin.house import IAM, OTHER_POD_ROLE, PERSON, POD_ROLE, VIEW_POLICY

if TYPE_CHECKING:
    from lambdas.domain.spec import ClusterSpec
    from tests.unit.steps.stage import Json, Stage

ACCESS = Part.ACCESS
EDIT_POLICY = VIEW_POLICY.replace("View", "Edit")
STRANGER = f"{IAM}:user/bob"
VIEW = AccessPolicy(policyArn=VIEW_POLICY)
EDIT = AccessPolicy(policyArn=EDIT_POLICY)
IN_PAYMENTS = replace(VIEW, accessScope=AccessScope(type="namespace", namespaces=("payments",)))
ENTRY = AccessEntry(principalArn=PERSON, accessPolicies=(VIEW,))
PODS = PodIdentityAssociation(namespace="payments", serviceAccount="ledger", roleArn=POD_ROLE)
PODS_PATH = "podidentity/payments/ledger"
OF_ENTRY = {"clusterName": NAME, "principalArn": PERSON}


def wanted(*entries: AccessEntry, pods: tuple[PodIdentityAssociation, ...] = (PODS,)) -> ClusterSpec:
    return spec(accessEntries=entries, podIdentityAssociations=pods)


PLAIN = wanted(ENTRY)


@pytest.fixture
def life(active: Stage) -> Life:
    """A cluster with an entry, its policy and an association of ours, and the like of others, EKS's included."""
    eks = active.aws.eks
    eks.create_access_entry(clusterName=NAME, principalArn=STRANGER)
    eks.associate_access_policy(
        clusterName=NAME, principalArn=STRANGER, policyArn=EDIT_POLICY, accessScope={"type": "cluster"}
    )
    eks.create_access_entry(clusterName=NAME, principalArn=NODE_ROLE, type="EC2_LINUX")
    eks.create_pod_identity_association(
        clusterName=NAME, namespace="a", serviceAccount="b", roleArn=OTHER_POD_ROLE, tags={"slipway/cluster": "other"}
    )
    eks.create_addon(
        clusterName=NAME,
        addonName="vpc-cni",
        podIdentityAssociations=[{"serviceAccount": "aws-node", "roleArn": OTHER_POD_ROLE}],
    )
    (of_addon,) = eks.list_pod_identity_associations(clusterName=NAME, namespace="kube-system")["associations"]
    eks.tag_resource(resourceArn=of_addon["associationArn"], tags={"slipway/cluster": NAME})
    made = Life(active)
    assert made.converge(PLAIN, ACCESS) == Ready()
    active.tape.calls.clear()
    return made


def inventory(life: Life) -> Json:
    """All entries with their policies, and all associations, but for when they changed."""
    eks = life.stage.aws.eks
    found: Json = {}
    for principal in eks.list_access_entries(clusterName=NAME)["accessEntries"]:
        entry = eks.describe_access_entry(clusterName=NAME, principalArn=principal)["accessEntry"]
        policies = eks.list_associated_access_policies(clusterName=NAME, principalArn=principal)
        scopes = {it["policyArn"]: it["accessScope"] for it in policies["associatedAccessPolicies"]}
        found[principal] = {**entry, "modifiedAt": None, "policies": scopes}
    for it in eks.list_pod_identity_associations(clusterName=NAME)["associations"]:
        answer = eks.describe_pod_identity_association(clusterName=NAME, associationId=it["associationId"])
        found[f"{it['namespace']}/{it['serviceAccount']}"] = {**answer["association"], "modifiedAt": None}
    return found


def asked(life: Life) -> set[str]:
    return {name for name, _ in life.stage.tape.calls}


@pytest.mark.parametrize(
    ("changed", "call", "path"),
    [
        (wanted(replace(ENTRY, kubernetesGroups=("viewers",))), "UpdateAccessEntry", PERSON),
        (wanted(replace(ENTRY, accessPolicies=(IN_PAYMENTS,))), "AssociateAccessPolicy", PERSON),
        (wanted(ENTRY, pods=(replace(PODS, roleArn=OTHER_POD_ROLE),)), "UpdatePodIdentityAssociation",
         "payments/ledger"),
        (wanted(ENTRY, pods=(replace(PODS, disableSessionTags=True),)), "UpdatePodIdentityAssociation",
         "payments/ledger"),
        (wanted(ENTRY, pods=(replace(PODS, targetRoleArn=OTHER_POD_ROLE),)), "UpdatePodIdentityAssociation",
         "payments/ledger"),
    ],
)  # fmt: skip
def test_each_change_is_one_call_and_back_again_and_touches_nothing_else(
    life: Life, changed: ClusterSpec, call: str, path: str
) -> None:
    before = inventory(life)
    assert [name for name, _ in life.changes(changed, ACCESS)] == [call]
    during = inventory(life)
    assert {name for name in before if before[name] != during[name]} == {path}
    assert life.changes(changed, ACCESS) == []
    assert life.plan(changed, ACCESS) == []
    assert [name for name, _ in life.changes(PLAIN, ACCESS)] == [call]
    assert inventory(life) == before


def test_a_user_name_is_set(life: Life) -> None:
    (update,) = life.changes(wanted(replace(ENTRY, username="pipeline")), ACCESS)
    assert update == ("UpdateAccessEntry", {**OF_ENTRY, "kubernetesGroups": [], "username": "pipeline"})
    assert inventory(life)[PERSON]["username"] == "pipeline"


def test_a_plan_names_field_and_consequence(life: Life) -> None:
    (action,) = life.plan(wanted(replace(ENTRY, accessPolicies=(IN_PAYMENTS,))), ACCESS)
    assert (action.verb, action.resource) == ("update", f"{PERSON_PATH}/AmazonEKSViewPolicy")
    assert action.differences == (
        Difference("accessScope.type", "cluster", "namespace"),
        Difference("accessScope.namespaces", [], ["payments"]),
    )
    assert action.consequence == "in place: it holds in payments"


@pytest.mark.parametrize("kind", ["entry", "association"])
def test_tags_come_and_go_and_those_of_others_stay(life: Life, kind: str) -> None:
    there = inventory(life)
    arn = there[PERSON]["accessEntryArn"] if kind == "entry" else there["payments/ledger"]["associationArn"]
    life.stage.aws.eks.tag_resource(resourceArn=arn, tags={"cost": "1"})
    tags = {"team": "b"}
    tagged = wanted(replace(ENTRY, tags=tags)) if kind == "entry" else wanted(ENTRY, pods=(replace(PODS, tags=tags),))
    assert life.changes(tagged, ACCESS) == [("TagResource", {"resourceArn": arn, "tags": tags})]
    assert life.changes(PLAIN, ACCESS) == [("UntagResource", {"resourceArn": arn, "tagKeys": ["team"]})]
    left = life.stage.aws.eks.list_tags_for_resource(resourceArn=arn)["tags"]
    assert left.keys() == {"cost", "slipway/cluster", "slipway/run"}


def test_what_somebody_else_changed_is_changed_back(life: Life) -> None:
    before = inventory(life)
    eks = life.stage.aws.eks
    eks.update_access_entry(**OF_ENTRY, kubernetesGroups=["admins"])
    eks.associate_access_policy(**OF_ENTRY, policyArn=EDIT_POLICY, accessScope={"type": "cluster"})
    eks.disassociate_access_policy(**OF_ENTRY, policyArn=VIEW_POLICY)
    eks.update_pod_identity_association(
        clusterName=NAME, associationId=before["payments/ledger"]["associationId"], roleArn=OTHER_POD_ROLE
    )
    life.converge(PLAIN, ACCESS)
    assert inventory(life) == before


def test_a_crash_between_call_and_record_is_answered_by_the_same_update(life: Life) -> None:
    changed = wanted(replace(ENTRY, kubernetesGroups=("viewers",)))
    life.look(changed, ACCESS, forget=True)
    life.stage.tape.lost.add("UpdatePodIdentityAssociation")
    both = wanted(replace(ENTRY, kubernetesGroups=("viewers",)), pods=(replace(PODS, roleArn=OTHER_POD_ROLE),))
    assert any(isinstance(report.progress, Waiting) for report in life.look(both, ACCESS))
    life.stage.tape.lost.clear()
    assert life.converge(both, ACCESS) == Ready()
    assert sorted(name for name, _ in life.calls) == ["UpdateAccessEntry", "UpdatePodIdentityAssociation"]


# -- what cannot change


NARROW = replace(PODS, disableSessionTags=True, policy="{}")


@pytest.mark.parametrize(
    ("before", "changed", "path", "calls"),
    [
        (PLAIN, wanted(replace(ENTRY, type="EC2")), PERSON_PATH,
         {"DeleteAccessEntry", "CreateAccessEntry", "AssociateAccessPolicy"}),
        (wanted(ENTRY, pods=(NARROW,)), PLAIN, PODS_PATH,
         {"DeletePodIdentityAssociation", "CreatePodIdentityAssociation"}),
    ],
)  # fmt: skip
def test_what_is_for_good_is_refused_or_a_replacement(
    life: Life, before: ClusterSpec, changed: ClusterSpec, path: str, calls: set[str]
) -> None:
    assert life.converge(before, ACCESS) == Ready()
    refused = life.plan(changed, ACCESS)[0]
    assert (refused.verb, refused.resource) == (REFUSE, path)
    progress = life.converge(changed, ACCESS)
    assert isinstance(progress, Failed)
    assert progress.error == "Immutable"
    life.replaceable = frozenset({path})
    assert life.plan(changed, ACCESS)[0].consequence.startswith("replaced: ")
    assert {name for name, _ in life.changes(changed, ACCESS)} == calls
    assert life.changes(changed, ACCESS) == []


# -- what the spec no longer has


@pytest.mark.parametrize(
    ("changed", "gone", "call"),
    [
        (wanted(), PERSON_PATH, ("DeleteAccessEntry", OF_ENTRY)),
        (wanted(replace(ENTRY, accessPolicies=())), f"{PERSON_PATH}/AmazonEKSViewPolicy",
         ("DisassociateAccessPolicy", {**OF_ENTRY, "policyArn": VIEW_POLICY})),
        (wanted(ENTRY, pods=()), PODS_PATH, ("DeletePodIdentityAssociation", None)),
    ],
)  # fmt: skip
def test_what_the_spec_no_longer_has_goes_and_what_others_made_stays(
    life: Life, changed: ClusterSpec, gone: str, call: tuple[str, Any]
) -> None:
    before = inventory(life)
    (action,) = life.plan(changed, ACCESS)
    assert (action.verb, action.resource, action.reason) == ("delete", gone, "the spec no longer has it")
    assert action.consequence.startswith("deleted: ")
    ((name, request),) = life.changes(changed, ACCESS)
    assert name == call[0]
    assert request == (call[1] or request)
    ours = {PERSON, "payments/ledger"}
    after = inventory(life)
    assert {name: it for name, it in after.items() if name not in ours} == {
        name: it for name, it in before.items() if name not in ours
    }
    assert after != before
    assert life.observed[gone] == {"status": "DELETED", "earlier": True}
    assert life.changes(changed, ACCESS) == []
    assert life.converge(PLAIN, ACCESS) == Ready()
    again = inventory(life)
    assert again.keys() == before.keys()
    assert again[PERSON]["policies"] == before[PERSON]["policies"]


def test_of_what_others_made_nothing_is_noted(life: Life) -> None:
    assert sorted(life.observed) == [PERSON_PATH, f"{PERSON_PATH}/AmazonEKSViewPolicy", "cluster", PODS_PATH]


def test_the_policies_of_an_entry_that_is_not_ours_stay(life: Life) -> None:
    before = inventory(life)
    progress = life.converge(wanted(ENTRY, AccessEntry(principalArn=STRANGER)), ACCESS)
    assert isinstance(progress, Failed)
    assert progress.error == "AccessEntryNotOurs"
    actions = life.plan(wanted(ENTRY, AccessEntry(principalArn=STRANGER)), ACCESS)
    assert [it for it in actions if it.verb == "delete"] == []
    assert inventory(life) == before


def test_a_cluster_that_knows_no_access_entries_has_none_too_many(stage: Stage) -> None:
    stage.cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    assert Life(stage).converge(spec(), ACCESS) == Ready()


def test_the_updates_need_what_the_contract_declares(life: Life) -> None:
    tagged = wanted(
        replace(ENTRY, kubernetesGroups=("viewers",), tags={"team": "b"}, accessPolicies=(EDIT,)),
        pods=(replace(PODS, roleArn=OTHER_POD_ROLE),),
    )
    for target in (tagged, PLAIN, wanted(pods=())):
        life.converge(target, ACCESS)
    calls = {f"eks:{name}" for name in asked(life)}
    assert calls <= CONTRACT.calls()
    assert calls >= updating("access", CONTRACT.calls())

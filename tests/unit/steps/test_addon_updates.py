"""Add-ons that are there and are to be otherwise, over the twin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.completion import completed
from lambdas.domain.issues import REMEDIES
from lambdas.domain.pacing import Part
from lambdas.domain.planner.differences import Difference
from lambdas.domain.progress import REFUSE, Failed, Ready, Waiting
from lambdas.domain.spec import Addon
from lambdas.domain.spec.addon import AddonNamespaceConfig, AddonPodIdentityAssociation
from lambdas.steps.addons import CONTRACT
from tests.removing import updating
from tests.unit.steps.converging import Life
from tests.unit.steps.stage import NAME, spec
from tests.unit.twin.house import OTHER_POD_ROLE, POD_ROLE

if TYPE_CHECKING:
    from lambdas.domain.spec import ClusterSpec
    from tests.unit.steps.stage import Json, Stage

NETWORKING, WORKLOAD = Part.NETWORKING_ADDONS, Part.WORKLOAD_ADDONS
NONE_OF_THE_DEFAULTS = ("vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent")
PATH = "addons/vpc-cni"
DEFAULT = "v1.21.1-eksbuild.3"
NEWER = "v1.21.2-eksbuild.1"
SETTINGS = '{"enableNetworkPolicy":"true"}'
PODS = (AddonPodIdentityAssociation(serviceAccount="aws-node", roleArn=POD_ROLE),)
NOTHING_ELSE = {"addonVersion": DEFAULT, "resolveConflicts": "PRESERVE"}


def with_addon(version: str = "1.35", name: str = "vpc-cni", **members: Any) -> ClusterSpec:  # noqa: ANN401 -- Addon's
    addons = (Addon(addonName=name, **members),)
    return spec(version=version, addons=addons, omitDefaultAddons=tuple({*NONE_OF_THE_DEFAULTS} - {name}))


PLAIN = with_addon()


@pytest.fixture
def life(active: Stage) -> Life:
    """A cluster with one add-on as EKS gives it, and somebody else's beside it."""
    made = Life(active)
    active.aws.eks.create_addon(clusterName=NAME, addonName="eks-node-monitoring-agent", tags={"team": "a"})
    assert made.converge(PLAIN, NETWORKING, WORKLOAD) == Ready()
    active.tape.calls.clear()
    return made


def addon(life: Life, name: str = "vpc-cni") -> Json:
    found: Json = dict(life.stage.aws.eks.describe_addon(clusterName=NAME, addonName=name)["addon"])
    return found


def of_addon(request: Json) -> tuple[str, Json]:
    return "UpdateAddon", {"clusterName": NAME, "addonName": "vpc-cni", **request}


def asked(life: Life) -> set[str]:
    return {name for name, _ in life.stage.tape.calls}


@pytest.mark.parametrize(
    ("members", "request_"),
    [
        ({"configurationValues": SETTINGS}, {"configurationValues": SETTINGS}),
        ({"serviceAccountRoleArn": POD_ROLE}, {"serviceAccountRoleArn": POD_ROLE}),
        ({"addonVersion": NEWER}, {"addonVersion": NEWER}),
        ({"podIdentityAssociations": PODS},
         {"podIdentityAssociations": [{"serviceAccount": "aws-node", "roleArn": POD_ROLE}]}),
        ({"configurationValues": SETTINGS, "resolveConflicts": "NONE", "addonVersion": NEWER},
         {"configurationValues": SETTINGS, "resolveConflicts": "NONE", "addonVersion": NEWER}),
    ],
)  # fmt: skip
def test_each_member_is_updated_in_one_call_and_taken_back_in_another(
    life: Life, members: Json, request_: Json
) -> None:
    before = addon(life)
    wanted = with_addon(**members)
    assert life.changes(wanted, NETWORKING, WORKLOAD) == [of_addon(NOTHING_ELSE | request_)]
    assert life.changes(wanted, NETWORKING, WORKLOAD) == []
    assert life.plan(wanted, NETWORKING) == []
    ((name, _),) = life.changes(with_addon(addonVersion=DEFAULT), NETWORKING, WORKLOAD)
    assert name == "UpdateAddon"
    after = addon(life)
    taken_back = {"modifiedAt": None, "configurationValues": None}
    assert after | taken_back == before | taken_back
    assert after.get("configurationValues", "{}") == "{}"


def test_a_role_of_a_service_account_changes_in_place(life: Life) -> None:
    life.converge(with_addon(podIdentityAssociations=PODS), NETWORKING)
    other = (AddonPodIdentityAssociation(serviceAccount="aws-node", roleArn=OTHER_POD_ROLE),)
    (action,) = life.plan(with_addon(podIdentityAssociations=other), NETWORKING)
    assert (action.verb, action.consequence) == ("update", "in place: its new pods work with other IAM roles")
    life.converge(with_addon(podIdentityAssociations=other), NETWORKING)
    (association,) = life.stage.aws.eks.list_pod_identity_associations(clusterName=NAME)["associations"]
    described = life.stage.aws.eks.describe_pod_identity_association(
        clusterName=NAME, associationId=association["associationId"]
    )
    assert described["association"]["roleArn"] == OTHER_POD_ROLE


def test_tags_come_and_go_and_those_of_others_stay(life: Life) -> None:
    arn = addon(life)["addonArn"]
    life.stage.aws.eks.tag_resource(resourceArn=arn, tags={"cost": "1"})
    changes = life.changes(with_addon(tags={"team": "b"}), NETWORKING)
    assert changes == [("TagResource", {"resourceArn": arn, "tags": {"team": "b"}})]
    assert life.changes(PLAIN, NETWORKING) == [("UntagResource", {"resourceArn": arn, "tagKeys": ["team"]})]
    assert addon(life)["tags"].keys() == {"cost", "slipway/cluster", "slipway/run"}


def test_nothing_is_asked_of_the_catalogue_when_nothing_changes(life: Life) -> None:
    assert life.changes(PLAIN, NETWORKING, WORKLOAD) == []
    life.look(PLAIN, NETWORKING)
    assert asked(life) == {"DescribeAddon"}


@pytest.mark.parametrize(
    ("change", "field"),
    [({"addonVersion": NEWER}, "addonVersion"), ({"configurationValues": SETTINGS}, "configurationValues")],
)
def test_what_somebody_else_changed_is_changed_back(life: Life, change: Json, field: str) -> None:
    before = addon(life)
    life.stage.aws.eks.update_addon(clusterName=NAME, addonName="vpc-cni", **change)
    life.stage.wait(120)
    (action,) = life.plan(PLAIN, NETWORKING)
    assert [it.field for it in action.differences] == [field]
    life.converge(PLAIN, NETWORKING)
    assert addon(life)["addonVersion"] == before["addonVersion"]
    assert addon(life).get("configurationValues", "{}") == "{}"


def test_a_crash_between_call_and_record_is_answered_by_the_same_update(life: Life) -> None:
    wanted = with_addon(configurationValues=SETTINGS)
    life.look(wanted, NETWORKING, forget=True)
    assert life.converge(wanted, NETWORKING) == Ready()
    assert [name for name, _ in life.calls] == ["UpdateAddon"]
    life.stage.tape.lost.add("UpdateAddon")  # the answer
    assert isinstance(life.look(PLAIN, NETWORKING)[0].progress, Waiting)
    life.stage.tape.lost.clear()
    assert life.converge(PLAIN, NETWORKING) == Ready()
    assert [name for name, _ in life.calls] == ["UpdateAddon"] * 2
    assert len(life.stage.aws.eks.list_updates(name=NAME, addonName="vpc-cni")["updateIds"]) == 2


# -- versions along an upgrade


def test_on_a_new_rung_the_default_is_wanted_and_remembered(stage: Stage) -> None:
    stage.cluster(version="1.34")
    life = Life(stage, observed={"cluster": {"version": "1.34"}})
    proxy = with_addon("1.35", "kube-proxy")
    life.converge(with_addon("1.34", "kube-proxy"), NETWORKING)
    (later,) = life.plan(proxy, NETWORKING)
    assert (later.rung, later.differences) == (
        "1.35", (Difference("addonVersion", "v1.34.3-eksbuild.2", "v1.35.0-eksbuild.2"),),
    )  # fmt: skip
    assert life.changes(proxy, NETWORKING) == []
    stage.aws.eks.update_cluster_version(name=NAME, version="1.35")
    stage.wait(2000)
    life.observed["cluster"] = {"version": "1.35"}
    ((_, request),) = life.changes(proxy, NETWORKING)
    assert request["addonVersion"] == "v1.35.0-eksbuild.2"
    stage.tape.calls.clear()
    assert life.look(proxy, NETWORKING)[0].progress == Ready()
    assert "DescribeAddonVersions" not in asked(life)
    assert life.plan(proxy, NETWORKING) == []


def test_a_version_for_a_later_rung_waits_for_it(stage: Stage) -> None:
    stage.cluster(version="1.34")
    life = Life(stage, observed={"cluster": {"version": "1.34"}})
    life.converge(with_addon("1.34", "kube-proxy"), NETWORKING)
    pinned = with_addon("1.35", "kube-proxy", addonVersion="v1.35.3-eksbuild.5")
    assert life.changes(pinned, NETWORKING) == []
    (later,) = life.plan(pinned, NETWORKING)
    assert later.differences == (Difference("addonVersion", "v1.34.3-eksbuild.2", "v1.35.3-eksbuild.5"),)
    stage.aws.eks.update_cluster_version(name=NAME, version="1.35")
    stage.wait(2000)
    life.observed["cluster"] = {"version": "1.35"}
    ((_, request),) = life.changes(pinned, NETWORKING)
    assert request["addonVersion"] == "v1.35.3-eksbuild.5"


def test_one_that_is_added_on_the_way_up_is_what_this_rung_can_run(stage: Stage) -> None:
    stage.cluster(version="1.34")
    life = Life(stage, observed={"cluster": {"version": "1.34"}})
    pinned = with_addon("1.35", "kube-proxy", addonVersion="v1.35.3-eksbuild.5")
    ((_, request),) = life.changes(pinned, NETWORKING)
    assert request["addonVersion"] == "v1.34.3-eksbuild.2"


# -- what cannot change


def test_another_namespace_is_refused_or_a_replacement(life: Life) -> None:
    wanted = with_addon(namespaceConfig=AddonNamespaceConfig(namespace="network"))
    (refused,) = life.plan(wanted, NETWORKING)
    assert (refused.verb, [it.field for it in refused.differences]) == (REFUSE, ["namespaceConfig.namespace"])
    progress = life.converge(wanted, NETWORKING)
    assert isinstance(progress, Failed)
    assert progress.error == "Immutable"
    life.replaceable = frozenset({PATH})
    assert [name for name, _ in life.changes(wanted, NETWORKING)] == ["DeleteAddon", "CreateAddon"]
    assert addon(life)["namespaceConfig"] == {"namespace": "network"}
    assert life.changes(wanted, NETWORKING) == []


# -- failures


@pytest.fixture
def failed(active: Stage) -> Life:
    """CoreDNS whose update has failed: it waited for a node for too long. Now there are nodes wanted."""
    made = Life(active)
    made.converge(with_addon(name="coredns"), WORKLOAD)
    active.wait(2000)
    wanted = with_addon(name="coredns", configurationValues='{"replicaCount":3}')
    assert made.converge(wanted, WORKLOAD) == Ready()
    active.wait(4000)
    assert addon(made, "coredns")["status"] == "UPDATE_FAILED"
    active.tape.calls.clear()
    return made


WITH_NODES = completed(
    replace(spec(nodes=1), addons=with_addon(name="coredns", configurationValues='{"replicaCount":3}').addons)
)


def test_without_nodes_a_failed_update_waits_for_better_days(failed: Life) -> None:
    wanted = with_addon(name="coredns", configurationValues='{"replicaCount":3}')
    assert failed.converge(wanted, WORKLOAD) == Ready()
    assert failed.plan(wanted, WORKLOAD) == []


def test_a_failed_update_fails_the_run_and_is_made_again_by_the_next(failed: Life) -> None:
    (report,) = failed.look(WITH_NODES, WORKLOAD)
    assert report.progress == Failed(
        "InsufficientNumberOfReplicas",
        "InsufficientNumberOfReplicas: The add-on is unhealthy because it doesn't have the desired number of replicas."
        " (coredns)",
        REMEDIES["InsufficientNumberOfReplicas"],
    )
    assert failed.calls == []
    failed.run = "bank-provision-1-2"
    for name in ("vpc-cni", "kube-proxy"):  # without them no node joins
        failed.stage.aws.eks.create_addon(clusterName=NAME, addonName=name)
    failed.stage.ensure(WITH_NODES, Part.NODEGROUPS)
    failed.stage.wait(400)
    failed.stage.tape.calls.clear()
    assert failed.converge(WITH_NODES, WORKLOAD) == Ready()
    assert [name for name, _ in failed.calls] == ["UpdateAddon"]
    assert addon(failed, "coredns")["status"] == "ACTIVE"


@pytest.mark.parametrize("status", ["DEGRADED", "UPDATE_FAILED"])
def test_what_ails_may_be_mended_by_an_update(life: Life, status: str) -> None:
    issue = {"code": "ConfigurationConflict", "message": "Conflicts found", "resourceIds": []}
    life.stage.tape.report("DescribeAddon", "addon", status=status, health={"issues": [issue]})
    (report,) = life.look(with_addon(configurationValues=SETTINGS), NETWORKING)
    assert [name for name, _ in life.calls] == ["UpdateAddon"]
    assert isinstance(report.progress, Waiting)


def test_what_eks_is_still_making_is_changed_when_it_rests(active: Stage) -> None:
    life = Life(active)
    life.converge(with_addon(name="coredns"), WORKLOAD)
    assert addon(life, "coredns")["status"] == "CREATING"
    wanted = with_addon(name="coredns", configurationValues='{"replicaCount":3}')
    assert isinstance(life.look(wanted, WORKLOAD)[0].progress, Waiting)
    assert life.converge(wanted, WORKLOAD) == Ready()
    assert addon(life, "coredns")["configurationValues"] == '{"replicaCount":3}'


# -- what the spec no longer has


def test_an_add_on_that_the_spec_no_longer_has_goes_and_foreign_ones_stay(life: Life) -> None:
    both = completed(replace(PLAIN, addons=(*PLAIN.addons, Addon(addonName="metrics-server"))))
    life.converge(both, NETWORKING, WORKLOAD)
    (action,) = life.plan(PLAIN, WORKLOAD)
    assert (action.verb, action.resource, action.reason) == (
        "delete", "addons/metrics-server", "the spec no longer has it",
    )  # fmt: skip
    assert action.consequence.startswith("deleted: ")
    changes = life.changes(PLAIN, NETWORKING, WORKLOAD)
    assert changes == [("DeleteAddon", {"clusterName": NAME, "addonName": "metrics-server"})]
    left = life.stage.aws.eks.list_addons(clusterName=NAME)["addons"]
    assert left == ["eks-node-monitoring-agent", "vpc-cni"]
    assert life.observed["addons/metrics-server"] == {"status": "DELETED", "earlier": True}
    assert "addons/eks-node-monitoring-agent" not in life.observed
    assert life.changes(PLAIN, NETWORKING, WORKLOAD) == []


def test_one_that_comes_back_is_made_anew(life: Life) -> None:
    both = completed(replace(PLAIN, addons=(*PLAIN.addons, Addon(addonName="metrics-server"))))
    for _ in range(2):
        life.converge(both, NETWORKING, WORKLOAD)
        assert addon(life, "metrics-server")["status"] == "DEGRADED" or life.observed["addons/metrics-server"]
        life.converge(PLAIN, NETWORKING, WORKLOAD)
    assert [name for name, _ in life.calls] == ["CreateAddon", "DeleteAddon"] * 2


def test_nothing_goes_while_something_else_is_to_come(life: Life) -> None:
    life.converge(completed(replace(PLAIN, addons=(*PLAIN.addons, Addon(addonName="metrics-server")))), WORKLOAD)
    life.stage.tape.calls.clear()
    life.look(completed(replace(PLAIN, addons=(*PLAIN.addons, Addon(addonName="snapshot-controller")))), WORKLOAD)
    assert [name for name, _ in life.calls] == ["CreateAddon"]


def test_the_updates_need_what_the_contract_declares(life: Life) -> None:
    life.converge(with_addon(podIdentityAssociations=PODS, tags={"team": "b"}), NETWORKING)
    life.converge(PLAIN, NETWORKING, WORKLOAD)
    calls = {f"eks:{name}" for name in asked(life)}
    assert calls <= CONTRACT.calls()
    assert calls >= updating("addons", CONTRACT.calls())

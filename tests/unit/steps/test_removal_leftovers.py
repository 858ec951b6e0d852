"""What EKS leaves behind is taken away, and what looks like it is not, against moto."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends

from lambdas.domain import pacing
from lambdas.domain.existing import DELETED
from lambdas.domain.pacing import Part
from lambdas.domain.progress import Ready, Waiting
from lambdas.domain.spec import ClusterSpec, Logging
from lambdas.steps.convergence import ensure
from lambdas.steps.leftovers import QUIET_LOOKS, resources
from lambdas.steps.scope import Scope
from tests.unit.steps.refusals import refusing, throttled
from tests.unit.steps.stage import HOME, SETTINGS
from tests.unit.steps.yard import GROUP, NAME

if TYPE_CHECKING:
    from tests.unit.steps.yard import Tags, Yard

OF_THE_PLUGIN = {"cluster.k8s.amazonaws.com/name": NAME}
OF_EKS = {f"kubernetes.io/cluster/{NAME}": "owned", "Name": f"eks-cluster-sg-{NAME}-1"}
SILENT = ClusterSpec(name=NAME, logging=Logging(clusterLogging=()))


def test_it_all_goes_and_is_told(yard: Yard) -> None:
    before = yard.interfaces, yard.security_groups
    group = yard.security_group(f"eks-cluster-sg-{NAME}-1", OF_EKS)
    interface = yard.interface(OF_THE_PLUGIN, groups=(group,))
    yard.interface({}, description=f"Amazon EKS {NAME}")
    yard.log_group()
    yard.settle()
    assert (yard.interfaces, yard.security_groups, yard.log_groups) == (*before, [])
    assert {path for path, facts in yard.facts.items() if facts == {"status": DELETED}} >= {
        f"networkInterfaces/{interface}", f"securityGroups/{group}", "logGroup",
    }  # fmt: skip
    assert {it.progress for it in yard.look().values()} == {Ready()}, "and stays gone"


@pytest.mark.parametrize(
    ("tags", "description"),
    [({}, ""), ({"cluster.k8s.amazonaws.com/name": "bench"}, ""), ({}, f"Amazon EKS {NAME}-2"), ({"Name": NAME}, NAME)],
)
def test_others_interfaces_stay(yard: Yard, tags: Tags, description: str) -> None:
    theirs = yard.interface(tags, description)
    yard.settle()
    assert theirs in yard.interfaces


def test_interfaces_in_another_vpc_are_another_clusters(yard: Yard) -> None:
    theirs = yard.interface(OF_THE_PLUGIN, subnet=yard.elsewhere())
    yard.settle()
    assert theirs in yard.interfaces


def test_interfaces_in_use_stay(yard: Yard) -> None:
    held = yard.interface(OF_THE_PLUGIN)
    ec2_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].enis[held].status = "in-use"
    yard.settle()
    assert held in yard.interfaces


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        (f"eks-cluster-sg-{NAME}-1", {}),
        (f"eks-cluster-sg-{NAME}-1", {f"kubernetes.io/cluster/{NAME}": "shared"}),
        ("theirs", OF_EKS),
        ("eks-cluster-sg-bench-1", OF_EKS),
    ],
)
def test_others_security_groups_stay(yard: Yard, name: str, tags: Tags) -> None:
    theirs = yard.security_group(name, tags or {"a": "b"})
    yard.settle()
    assert theirs in yard.security_groups


@pytest.mark.parametrize("call", ["DeleteNetworkInterface", "DeleteSecurityGroup"])
def test_what_is_still_used_is_waited_for(yard: Yard, call: str) -> None:
    yard.interface(OF_THE_PLUGIN)
    yard.security_group(f"eks-cluster-sg-{NAME}-1", OF_EKS)
    with refusing(yard.ec2, call, 400, "DependencyViolation"):
        waits = [it.progress for it in yard.look().values() if isinstance(it.progress, Waiting)]
    assert pacing.STILL_IN_USE.reason in {it.reason for it in waits}
    yard.settle()


@pytest.mark.parametrize("call", ["DescribeNetworkInterfaces", "DescribeSecurityGroups"])
def test_a_list_that_fails_is_asked_for_again(yard: Yard, call: str) -> None:
    with refusing(yard.ec2, call, 503, "RequestLimitExceeded"):
        waits = [it.progress for it in yard.look().values()]
    assert throttled(call) in waits


# -- the log group


def test_it_is_watched_until_the_last_lines_have_come(yard: Yard) -> None:
    yard.log_group()
    yard.look()
    for _ in range(QUIET_LOOKS - 1):
        assert yard.look()["logGroup"].progress == pacing.LAST_LOG_LINES.wait("its last lines may come")
    yard.log_group()  # by EKS's service-linked role
    assert isinstance(yard.look()["logGroup"].progress, Waiting)
    assert yard.log_groups == []
    assert isinstance(yard.look()["logGroup"].progress, Waiting), "and the watch begins anew"
    yard.settle()


def test_the_watch_begins_when_all_else_is_gone(yard: Yard) -> None:
    yard.interface(OF_THE_PLUGIN)
    yard.look()
    assert yard.facts["logGroup"]["quietLooks"] == 0


def test_where_nothing_was_logged_nothing_is_waited_for(yard: Yard) -> None:
    yard.spec, yard.facts["cluster"]["logged"] = SILENT, False
    report = yard.look()["logGroup"]
    assert (report.progress, report.facts) == (Ready(), {})


@pytest.mark.parametrize(
    ("spec", "logged", "tags", "goes"),
    [
        (SILENT, False, {}, False),
        (SILENT, False, {"slipway/cluster": "bench"}, False),
        (SILENT, False, {"slipway/cluster": NAME}, True),
        (SILENT, True, {}, True),
        (ClusterSpec(name=NAME), False, {}, True),
    ],
)
def test_it_goes_if_it_is_the_clusters(yard: Yard, spec: ClusterSpec, tags: Tags, *, logged: bool, goes: bool) -> None:
    yard.spec, yard.facts["cluster"]["logged"] = spec, logged
    yard.log_group(tags)
    report = yard.settle()["logGroup"]
    assert ("left" in report.facts) is not goes
    assert yard.log_groups == ([] if goes else [GROUP])


def test_a_longer_name_is_anothers(yard: Yard) -> None:
    yard.logs.create_log_group(logGroupName=f"{GROUP}-2")
    yard.settle()
    assert yard.log_groups == [f"{GROUP}-2"]


def test_a_log_group_from_before_a_first_cluster_stays(yard: Yard) -> None:
    yard.facts.clear()
    yard.log_group()
    assert "left" in yard.settle()["logGroup"].facts
    assert yard.log_groups == [GROUP]


def test_what_somebody_elses_cluster_leaves_is_theirs(yard: Yard) -> None:
    yard.facts["cluster"] = {"left": "it lacks the tag"}
    yard.log_group()
    theirs = yard.interface(OF_THE_PLUGIN)
    assert yard.settle() == {}
    assert (theirs in yard.interfaces, yard.log_groups) == (True, [GROUP])


def test_nobody_wants_leftovers(yard: Yard) -> None:
    scope = Scope(spec=yard.spec, run="r", observed={}, aws=yard.aws, home=HOME, settings=SETTINGS)
    assert ensure(resources(scope, Part.LEFTOVERS)) == []


def test_of_a_cluster_that_never_was_nothing_can_be_left(yard: Yard) -> None:
    """A creation that failed before there was a cluster is undone: what an earlier one of its name left, stays."""
    yard.facts.clear()
    group = yard.security_group("k8s-elb-a1", {f"kubernetes.io/cluster/{NAME}": "owned"})
    yard.classic_balancer("a1", {**OF_EKS, "kubernetes.io/service-name": "shop/front"}, (group,))
    interface = yard.interface(OF_THE_PLUGIN)
    yard.settle()
    assert yard.balancers == {"a1"}
    assert group in yard.security_groups
    assert interface in yard.interfaces
    assert "was there before" in yard.facts[f"networkInterfaces/{interface}"]["left"]

"""Load balancers that services left go with what hangs on them, and nobody else's do, against moto."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambdas.domain import pacing
from lambdas.domain.existing import DELETED
from lambdas.domain.progress import Waiting
from tests.unit.steps.refusals import refusing, throttled
from tests.unit.steps.yard import NAME

if TYPE_CHECKING:
    from tests.unit.steps.yard import Tags, Yard

OWNED = {f"kubernetes.io/cluster/{NAME}": "owned"}
OF_A_SERVICE = {**OWNED, "kubernetes.io/service-name": "shop/front"}
OF_THE_CONTROLLER = {"elbv2.k8s.aws/cluster": NAME}
MANY = 21
"""More than Elastic Load Balancing tells the tags of at once."""


@pytest.mark.parametrize("tags", [OF_A_SERVICE, OF_THE_CONTROLLER])
@pytest.mark.parametrize("kind", ["network", "application"])
def test_a_load_balancer_goes_with_its_target_groups(yard: Yard, kind: str, tags: Tags) -> None:
    arn = yard.balancer("front", tags, kind)
    yard.target_group("used", tags, arn, {"network": "TCP", "application": "HTTP"}[kind])
    yard.target_group("unused", tags)
    yard.settle()
    assert (yard.balancers, yard.target_groups) == (set(), set())
    for path in (f"loadBalancers/{kind}/front", "targetGroups/used", "targetGroups/unused"):
        assert yard.facts[path] == {"status": DELETED}


def test_a_classic_load_balancer_goes_with_its_security_group(yard: Yard) -> None:
    group = yard.security_group("k8s-elb-a1", OWNED)
    yard.classic_balancer("a1", OF_A_SERVICE, (group,))
    yard.settle()
    assert yard.balancers == set()
    assert group not in yard.security_groups
    assert yard.facts["loadBalancers/classic/a1"] == yard.facts[f"securityGroups/{group}"] == {"status": DELETED}


def test_what_hangs_on_a_load_balancer_goes_after_it(yard: Yard) -> None:
    group = yard.security_group(f"k8s-traffic-{NAME}-1", OF_THE_CONTROLLER)
    arn = yard.balancer("front", OF_THE_CONTROLLER, SecurityGroups=[group])
    yard.target_group("used", OF_THE_CONTROLLER, arn)
    first = yard.look()
    waits = pacing.AFTER_OTHERS.wait("its load balancer goes first")
    assert first["targetGroups/used"].progress == first[f"securityGroups/{group}"].progress == waits
    assert group in yard.security_groups
    yard.settle()
    assert group not in yard.security_groups


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({}, None),
        ({"Name": NAME, "kubernetes.io/service-name": "shop/front"}, None),
        ({"kubernetes.io/cluster/bench": "owned", "kubernetes.io/service-name": "shop/front"}, None),
        ({"elbv2.k8s.aws/cluster": "bench"}, None),
        ({f"kubernetes.io/cluster/{NAME}-2": "owned"}, None),
        ({**OF_A_SERVICE, f"kubernetes.io/cluster/{NAME}": "shared"}, "shared"),
        (OWNED, "kubernetes.io/service-name"),
        ({**OF_A_SERVICE, "kubernetes.io/cluster/bench": "owned"}, "kubernetes.io/cluster/bench"),
    ],
)
def test_others_load_balancers_stay(yard: Yard, tags: Tags, why: str | None) -> None:
    tags = {"a": "b", **tags}
    arn = yard.balancer("theirs", tags)
    yard.classic_balancer("theirs", tags)
    group = yard.target_group("theirs", tags)
    reports = yard.settle()
    assert (yard.balancers, yard.target_groups) == ({arn, "theirs"}, {group})
    paths = ("loadBalancers/application/theirs", "loadBalancers/classic/theirs", "targetGroups/theirs")
    for path in paths:
        assert (path in reports) is bool(why)
        assert (why or "") in str(reports[path].facts["left"] if why else "")


def test_a_protected_load_balancer_stays_with_what_it_needs(yard: Yard) -> None:
    group = yard.security_group(f"k8s-traffic-{NAME}-1", OF_THE_CONTROLLER)
    arn = yard.balancer("front", OF_THE_CONTROLLER, SecurityGroups=[group])
    target = yard.target_group("used", OF_THE_CONTROLLER, arn)
    protection = {"Key": "deletion_protection.enabled", "Value": "true"}
    yard.balancing.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[protection])
    reports = yard.settle()
    assert (yard.balancers, yard.target_groups) == ({arn}, {target})
    assert group in yard.security_groups
    assert "deletion protection" in str(reports["loadBalancers/application/front"].facts["left"])
    assert "which stays" in str(reports["targetGroups/used"].facts["left"])
    assert "which stays" in str(reports[f"securityGroups/{group}"].facts["left"])


def test_what_somebody_elses_load_balancer_uses_stays(yard: Yard) -> None:
    group = yard.security_group(f"k8s-traffic-{NAME}-1", OF_THE_CONTROLLER)
    theirs = yard.balancer("theirs", {"a": "b"}, SecurityGroups=[group])
    target = yard.target_group("used", OF_THE_CONTROLLER, theirs)
    reports = yard.settle()
    assert (yard.balancers, yard.target_groups) == ({theirs}, {target})
    assert group in yard.security_groups
    assert "application/theirs" in str(reports["targetGroups/used"].facts["left"])
    assert "application/theirs" in str(reports[f"securityGroups/{group}"].facts["left"])


def test_what_lies_in_another_vpc_is_another_clusters(yard: Yard) -> None:
    arn = yard.balancer("front", OF_A_SERVICE, subnet=yard.elsewhere())
    yard.settle()
    assert yard.balancers == {arn}
    del yard.facts["cluster"]["vpcId"]
    yard.settle()
    assert yard.balancers == set(), "where no look has told the VPC the tags decide"


def test_many_load_balancers_are_asked_about_in_batches(yard: Yard) -> None:
    for number in range(MANY):
        yard.balancer(f"front-{number}", OF_A_SERVICE)
        yard.classic_balancer(f"old-{number}", OF_A_SERVICE)
    yard.settle()
    assert yard.balancers == set()


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("bank-nodes", OWNED),
        ("k8s-elb-a1", {**OWNED, "Name": "precious"}),
        ("k8s-elb-a1", {**OWNED, "kubernetes.io/cluster/bench": "owned"}),
    ],
)
def test_security_groups_that_no_service_made_are_left_and_named(yard: Yard, name: str, tags: Tags) -> None:
    theirs = yard.security_group(name, tags)
    assert "left" in yard.settle()[f"securityGroups/{theirs}"].facts
    assert theirs in yard.security_groups


@pytest.mark.parametrize(
    ("client", "call"),
    [
        ("balancing", "DescribeLoadBalancers"),
        ("balancing", "DescribeTargetGroups"),
        ("balancing", "DescribeTags"),
        ("balancing", "DescribeLoadBalancerAttributes"),
        ("classic", "DescribeLoadBalancers"),
        ("classic", "DescribeTags"),
    ],
)
def test_a_list_that_fails_is_asked_for_again(yard: Yard, client: str, call: str) -> None:
    arn = yard.balancer("front", OF_A_SERVICE)
    group = yard.target_group("used", OF_A_SERVICE, arn)
    yard.classic_balancer("old", OF_A_SERVICE)
    with refusing(getattr(yard, client), call, 400, "Throttling"):
        waits = [it.progress for it in yard.look().values()]
    assert throttled(call) in waits
    assert group in yard.target_groups
    yard.settle()
    assert (yard.balancers, yard.target_groups) == (set(), set())


@pytest.mark.parametrize(
    ("call", "code"), [("DeleteLoadBalancer", "ResourceInUse"), ("DeleteTargetGroup", "ResourceInUse")]
)
def test_what_is_still_used_is_waited_for_and_then_named(yard: Yard, call: str, code: str) -> None:
    yard.balancer("front", OF_A_SERVICE)
    yard.target_group("unused", OF_A_SERVICE)
    with refusing(yard.balancing, call, 400, code, "an endpoint service uses it"):
        waits = [it.progress for it in yard.look().values() if isinstance(it.progress, Waiting)]
    (blocked,) = [it for it in waits if it.reason == pacing.STILL_IN_USE.reason]
    assert blocked.overdue is not None
    assert "an endpoint service uses it" in blocked.overdue.cause
    yard.settle()

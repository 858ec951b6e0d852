"""Each rule between fields, broken once; and that no rule is without such a case."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import pytest

from lambdas.domain.admission import admit_object
from lambdas.domain.refusal import FieldError, Refused
from lambdas.domain.rules import RULES, broken
from lambdas.domain.rules import nodegroups as nodegroup_rules
from lambdas.domain.rules.nodegroups import SINGLE_GROUP_RULES
from lambdas.domain.spec import ClusterSpec
from tests.unit.domain.broken_specs import BROKEN, ROLE, TEMPLATE, VIEW, entry, group, remote, sizes, vpc


@pytest.mark.parametrize(("members", "rule", "where"), BROKEN, ids=[f"{rule}{where}" for _, rule, where in BROKEN])
def test_a_broken_rule_is_refused(members: dict[str, Any], rule: str, where: str) -> None:
    with pytest.raises(Refused) as caught:
        admit_object({"name": "a", **members})
    assert caught.value.status == 422
    assert [error.pointer for error in caught.value.errors] == [where]
    (error,) = caught.value.errors
    # The message names the last named step of the pointer, and says what to do.
    named = [step for step in where.split("/") if step and not step.isdigit()][-1].replace("~1", "/")
    assert named in error.detail
    assert error.remedy.endswith(".")
    assert [one.__name__ for one in every_rule() if error in judged(one, {"name": "a", **members})] == [rule]


def test_every_rule_has_been_broken() -> None:
    assert {rule.__name__ for rule in every_rule()} == {rule for _, rule, _ in BROKEN}


def every_rule() -> Iterator[Callable[..., Iterable[FieldError]]]:
    yield from (rule for rule in RULES if rule is not nodegroup_rules.each_group_by_itself)
    yield from SINGLE_GROUP_RULES


def judged(rule: Callable[..., Iterable[FieldError]], document: dict[str, Any]) -> list[FieldError]:
    """Answer what one rule has to say about a document."""
    spec = msgspec.convert(document, ClusterSpec)
    if rule not in SINGLE_GROUP_RULES:
        return list(rule(spec))
    return [error for place, one in enumerate(spec.nodegroups) for error in rule(one, ("nodegroups", place))]


@pytest.mark.parametrize(
    "members",
    [
        vpc(endpointPublicAccess=True, publicAccessCidrs=["0.0.0.0/0"], allowPublicAccessFromAnywhere=True),
        vpc(endpointPublicAccess=True, publicAccessCidrs=["0.0.0.0/1"]),
        {"version": "1.32"} | group(amiType="AL2_x86_64"),
        {"version": "1.33"} | group(amiType="AL2_x86_64", version="1.32"),
        {"version": "1.35"} | group(version="1.32"),
        {"version": "1.35"} | group(releaseVersion="1.35.0-20261101"),
        {"version": "1.35"} | group(releaseVersion="1.46.0-1a2b3c4d", amiType="BOTTLEROCKET_x86_64"),
        group(instanceTypes=["g6.xlarge"], amiType="AL2023_x86_64_STANDARD"),
        group(instanceTypes=["g4ad.xlarge"]),
        group(instanceTypes=["g6.xlarge", "m7i.large"], launchTemplate=TEMPLATE),
        group(labels={"mykubernetes.io/a": "b", "tier": "c"}),
        group(taints=[{"key": "a", "effect": effect} for effect in ("NO_EXECUTE", "NO_SCHEDULE")]),
        entry(type="EC2", accessPolicies=[{"policyArn": VIEW}]),
        entry(type="EC2_LINUX") | group(nodeRole=ROLE),
        entry(username="a:{{SessionNameRaw}}"),
        {"omitDefaultAddons": ["vpc-cni"]},
        group(capacityType="CAPACITY_BLOCK", launchTemplate=TEMPLATE, instanceTypes=["p5.48xlarge"]),
        sizes(0, 0, 1),
        remote("10.80.0.0/16", "10.80.7.0/24"),
    ],
)
def test_what_is_right_is_let_in(members: dict[str, Any]) -> None:
    assert admit_object({"name": "a", **members}).name == "a"


def test_the_smallest_spec_breaks_nothing() -> None:
    assert broken(ClusterSpec(name="a")) == ()

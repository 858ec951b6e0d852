from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from moto import mock_aws

from lambdas.aws.clients import Aws
from lambdas.domain.pacing import Part
from lambdas.domain.progress import Failed, Ready
from lambdas.domain.spec import ClusterSpec, Vpc, VpcConfig
from lambdas.steps.convergence import ensure, observe
from lambdas.steps.network import resources, subnets
from lambdas.steps.scope import Scope
from tests.house import REGION
from tests.quick import new_session
from tests.unit.steps.stage import HOME, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lambdas.domain.progress import Report


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with mock.patch.dict(os.environ, {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}), mock_aws():
        yield Aws(new_session(REGION))


@pytest.fixture
def vpc(aws: Aws) -> str:
    """A VPC without subnets."""
    return aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


def add(aws: Aws, vpc: str, number: int, zone: str, *, size: int = 24, public: bool = False) -> str:
    made = aws.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/{size}", AvailabilityZone=f"{REGION}{zone}")
    identifier = made["Subnet"]["SubnetId"]
    if public:
        aws.ec2.modify_subnet_attribute(SubnetId=identifier, MapPublicIpOnLaunch={"Value": True})
    return identifier


def look(aws: Aws, observed: Mapping[str, object] | None = None, **members: Any) -> Report:  # noqa: ANN401 -- a spec's own
    """What both verbs find: this step changes nothing in either."""
    scope = Scope(
        spec=ClusterSpec(name="bank", **members),
        run="run",
        observed=observed or {},
        aws=aws,
        home=HOME,
        settings=SETTINGS,
    )
    (observed_report,) = observe(resources(scope, Part.NETWORK))
    (report,) = ensure(resources(scope, Part.NETWORK))
    assert report == observed_report
    assert report.action is None
    return report


def given(*identifiers: str) -> VpcConfig:
    return VpcConfig(subnetIds=identifiers)


def refusal(report: Report) -> str:
    assert isinstance(report.progress, Failed)
    assert "two availability zones" in report.progress.remedy
    assert report.facts == {}
    return report.progress.error


def test_given_subnets_are_taken_in_their_order(aws: Aws, vpc: str) -> None:
    one, two = add(aws, vpc, 1, "b"), add(aws, vpc, 2, "a")
    report = look(aws, resourcesVpcConfig=given(one, two))
    assert report.progress == Ready()
    assert report.facts == {"vpcId": vpc, "subnets": {one: f"{REGION}b", two: f"{REGION}a"}}
    assert list(report.facts["subnets"]) == [one, two]  # type: ignore[call-overload] # facts are JSON


def test_given_subnets_that_are_not_there_are_named(aws: Aws, vpc: str) -> None:
    report = look(aws, resourcesVpcConfig=given(add(aws, vpc, 1, "a"), "subnet-0123456789abcdef0"))
    assert refusal(report) == "SubnetNotFound"
    assert isinstance(report.progress, Failed)
    assert report.progress.cause == "There is no subnet subnet-0123456789abcdef0 in this region."


def test_given_subnets_in_one_zone_are_refused(aws: Aws, vpc: str) -> None:
    assert (
        refusal(look(aws, resourcesVpcConfig=given(add(aws, vpc, 1, "a"), add(aws, vpc, 2, "a")))) == "SubnetsInOneZone"
    )


def test_given_subnets_of_two_vpcs_are_refused(aws: Aws, vpc: str) -> None:
    other = aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert (
        refusal(look(aws, resourcesVpcConfig=given(add(aws, vpc, 1, "a"), add(aws, other, 2, "b"))))
        == "SubnetsInSeveralVpcs"
    )


def test_a_vpc_gives_one_private_subnet_a_zone(aws: Aws, vpc: str) -> None:
    add(aws, vpc, 1, "a", public=True)
    private = [add(aws, vpc, 2, "a"), add(aws, vpc, 3, "b")]
    add(aws, vpc, 4, "b", size=28)
    report = look(aws, vpc=Vpc(vpcId=vpc))
    assert report.progress == Ready()
    assert report.facts == {"vpcId": vpc, "subnets": dict(zip(private, [f"{REGION}a", f"{REGION}b"], strict=True))}


@pytest.mark.parametrize(("zones", "error"), [("", "NoSubnets"), ("a", "TooFewZones"), ("aa", "TooFewZones")])
def test_a_vpc_without_two_zones_is_refused_by_name(aws: Aws, vpc: str, zones: str, error: str) -> None:
    for number, zone in enumerate(zones):
        add(aws, vpc, number, zone)
    report = look(aws, vpc=Vpc(vpcId=vpc))
    assert refusal(report) == error
    assert isinstance(report.progress, Failed)
    assert vpc in report.progress.cause


def test_without_a_word_it_is_the_default_vpc(aws: Aws, vpc: str) -> None:
    roomier = add(aws, vpc, 0, "a", size=17)
    report = look(aws)
    (default,) = aws.ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    assert report.facts["vpcId"] == default["VpcId"]
    chosen = report.facts["subnets"]
    assert isinstance(chosen, dict)
    assert roomier not in chosen
    assert report.progress == Ready()


def test_what_was_chosen_once_stays_chosen(aws: Aws, vpc: str) -> None:
    add(aws, vpc, 1, "a")
    chosen = {"network": {"vpcId": "vpc-then", "subnets": {"subnet-then-a": "a", "subnet-then-b": "b"}}}
    report = look(aws, chosen, vpc=Vpc(vpcId=vpc))
    assert (report.progress, report.facts) == (Ready(), chosen["network"])


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        ({}, []),
        ({"network": "nonsense"}, []),
        ({"network": {"subnets": "nonsense"}}, []),
        ({"network": {"vpcId": "vpc-1", "subnets": {"a": "z1", "b": "z2"}}}, ["a", "b"]),
    ],
)
def test_the_steps_after_read_what_was_settled(aws: Aws, observed: Mapping[str, object], expected: list[str]) -> None:
    scope = Scope(spec=ClusterSpec(name="bank"), run="r", observed=observed, aws=aws, home=HOME, settings=SETTINGS)
    assert subnets(scope) == expected

"""The groups behind node groups, seen and changed through the Auto Scaling API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from botocore.parsers import create_parser
from botocore.validate import ParamValidator

from sandbox.twin import HttpRequest
from sandbox.twin.autoscaling import OPERATIONS
from sandbox.twin.model import AUTOSCALING, service_model
from tests.unit.twin.house import NAME, refusal

if TYPE_CHECKING:
    from tests.unit.twin.house import House


def name_of(house: House) -> str:
    return house.group()["AutoScalingGroupName"]


def form(action: str, **fields: str) -> HttpRequest:
    body = urlencode({"Action": action, "Version": "2011-01-01", **fields}).encode()
    return HttpRequest(service=AUTOSCALING, method="POST", path="/", body=body)


def test_a_group_tells_of_its_node_group(working: House) -> None:
    group = working.group()
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (0, 5, 1)
    assert group["VPCZoneIdentifier"] == "subnet-a,subnet-b"
    assert group["AvailabilityZones"] == ["eu-central-1a", "eu-central-1b"]
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    assert tags["eks:cluster-name"] == NAME
    assert tags["eks:nodegroup-name"] == "workers"


def test_instances_spread_over_the_subnets(working: House) -> None:
    working.scale(0, 5, 4)
    zones = sorted(it["AvailabilityZone"] for it in working.group()["Instances"])
    assert zones == ["eu-central-1a"] * 2 + ["eu-central-1b"] * 2


def test_a_desired_size_that_somebody_else_moves_shows_in_the_node_group(working: House) -> None:
    working.autoscaling.set_desired_capacity(AutoScalingGroupName=name_of(working), DesiredCapacity=3)
    nodegroup = working.eks.describe_nodegroup(clusterName=NAME, nodegroupName="workers")["nodegroup"]
    assert nodegroup["status"] == "ACTIVE"
    assert nodegroup["scalingConfig"] == {"minSize": 0, "maxSize": 5, "desiredSize": 3}
    working.wait(80)
    assert working.lifecycles() == ["InService"] * 3


def test_new_bounds_drag_the_desired_size_along(working: House) -> None:
    working.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name_of(working), MinSize=2, MaxSize=4)
    group = working.group()
    assert (group["MinSize"], group["MaxSize"], group["DesiredCapacity"]) == (2, 4, 2)


@pytest.mark.parametrize(
    ("desired", "expected"), [(6, "6 is above max value 5 for the AutoScalingGroup"), (-1, "-1 is below min value 0")]
)
def test_a_desired_size_outside_of_the_bounds(working: House, desired: int, expected: str) -> None:
    name = name_of(working)
    status, code, message, _ = refusal(
        lambda: working.autoscaling.set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=desired)
    )
    assert (status, code) == (400, "ValidationError")
    assert expected in message


def test_a_minimum_above_the_maximum(working: House) -> None:
    name = name_of(working)
    refused = refusal(
        lambda: working.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MinSize=3, MaxSize=2)
    )
    assert refused[1] == "ValidationError"


def test_activities_tell_what_happened_newest_first(working: House) -> None:
    working.scale(0, 5, 0)
    told = working.autoscaling.describe_scaling_activities(AutoScalingGroupName=name_of(working))["Activities"]
    assert [it["Description"].partition(" ")[0] for it in told] == ["Terminating", "Launching"]
    assert [it["StatusCode"] for it in told] == ["InProgress", "Successful"]
    working.wait(430)
    told = working.autoscaling.describe_scaling_activities()["Activities"]
    assert [it["StatusCode"] for it in told] == ["Successful", "Successful"]
    assert told[0]["EndTime"] > told[0]["StartTime"]


def test_instances_can_be_asked_for(working: House) -> None:
    (instance,) = working.group()["Instances"]
    one: Any = {"InstanceIds": [instance["InstanceId"]]}
    asked: list[Any] = [{}, one]
    for params in asked:
        answer = working.autoscaling.describe_auto_scaling_instances(**params)
        (told,) = answer["AutoScalingInstances"]
        assert told["AutoScalingGroupName"] == name_of(working)
        assert told["LifecycleState"] == "InService"


def test_groups_can_be_found_by_their_tags(working: House) -> None:
    def found(name: str, *values: str) -> int:
        filters: Any = [{"Name": name, "Values": list(values)}]
        return len(working.autoscaling.describe_auto_scaling_groups(Filters=filters)["AutoScalingGroups"])

    assert found("tag:eks:cluster-name", NAME) == 1
    assert found("tag:eks:cluster-name", "other") == 0
    assert found("tag-key", "eks:nodegroup-name") == 1
    assert found("tag-value", "nobody") == 0


def test_instances_can_be_left_out(working: House) -> None:
    (group,) = working.autoscaling.describe_auto_scaling_groups(IncludeInstances=False)["AutoScalingGroups"]
    assert group["Instances"] == []


FOREIGN = [
    form("DescribeAutoScalingGroups", **{"AutoScalingGroupNames.member.1": "theirs"}),
    form("DescribeAutoScalingInstances", **{"InstanceIds.member.1": "i-theirs"}),
    form("SetDesiredCapacity", AutoScalingGroupName="theirs", DesiredCapacity="1"),
    form("CreateAutoScalingGroup", AutoScalingGroupName="theirs"),
    HttpRequest(service="s3", method="GET", path="/"),
]


@pytest.mark.parametrize("request_", FOREIGN, ids=range(len(FOREIGN)))
def test_what_concerns_others_is_left_to_them(working: House, request_: HttpRequest) -> None:
    assert working.twin.handle(request_) is None


def test_own_groups_and_foreign_ones_in_one_request_are_left_to_others(working: House) -> None:
    names = {"AutoScalingGroupNames.member.1": name_of(working), "AutoScalingGroupNames.member.2": "theirs"}
    assert working.twin.handle(form("DescribeAutoScalingGroups", **names)) is None


def test_a_missing_or_malformed_parameter(working: House) -> None:
    for fields in ({"AutoScalingGroupName": name_of(working)}, {"DesiredCapacity": "many"}):
        response = working.twin.handle(form("SetDesiredCapacity", **fields))
        assert response is not None
        assert response.status == 400
        code = ET.fromstring(response.body).findtext(".//{*}Code")  # noqa: S314 - our own XML
        assert code == "ValidationError"


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_answer_fits_the_model(working: House, name: str) -> None:
    fields = {"AutoScalingGroupName": name_of(working), "DesiredCapacity": "1"} if "Describe" not in name else {}
    response = working.twin.handle(form(name, **fields))
    assert response is not None
    assert response.status == 200
    shape: Any = service_model(AUTOSCALING).operation_model(name).output_shape
    raw = {"status_code": 200, "headers": dict(response.headers), "body": response.body}
    answer = create_parser("query").parse(raw, shape)
    assert answer.pop("ResponseMetadata")["RequestId"] == response.headers["x-amzn-requestid"]
    if shape is not None:
        report = ParamValidator().validate(answer, shape)
        assert not report.has_errors(), report.generate_report()
        assert all(answer.values())

"""A node group's night over HTTP: it drains, somebody resizes it, it cannot have all its instances, and gets them."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.conftest import fetch
from tests.sandbox.machines import REAL_SECONDS
from tests.sandbox.small_app import trust
from tests.sandbox.test_sandbox_front_door import create_cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandbox.conftest import RunningSandbox

NAME = "night"
WORKERS = {"clusterName": NAME, "nodegroupName": "workers"}
POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly")


class Night:
    """A cluster with one node group, looked at as Slipway looks at it."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self.eks, self.autoscaling = sandbox.client("eks"), sandbox.client("autoscaling")
        create_cluster(sandbox, NAME)
        self.until(lambda: self.eks.describe_cluster(name=NAME)["cluster"]["status"] == "ACTIVE")
        subnets = self.eks.describe_cluster(name=NAME)["cluster"]["resourcesVpcConfig"]["subnetIds"]
        params = {**WORKERS, "subnets": subnets, "nodeRole": self._node_role(), "scalingConfig": sizes(0, 5, 1)}
        self.until(lambda: self._created(params))
        self.until(lambda: self.nodegroup()["status"] == "ACTIVE")

    def _created(self, params: dict[str, Any]) -> bool:
        """Create the node group, unless EKS does not see its role yet."""
        try:
            self.eks.create_nodegroup(**params)
        except self.eks.exceptions.InvalidParameterException:
            return False
        return True

    def _node_role(self) -> str:
        iam = self.sandbox.client("iam")
        document = json.dumps(trust("ec2.amazonaws.com"))
        role = iam.create_role(RoleName=f"{NAME}-nodes", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        for policy in POLICIES:
            iam.attach_role_policy(RoleName=f"{NAME}-nodes", PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
        return str(role)

    def nodegroup(self) -> dict[str, Any]:
        found: dict[str, Any] = self.eks.describe_nodegroup(**WORKERS)["nodegroup"]
        return found

    def lifecycles(self) -> list[str]:
        (group,) = self.nodegroup()["resources"]["autoScalingGroups"]
        (found,) = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group["name"]])[
            "AutoScalingGroups"
        ]
        return [instance["LifecycleState"] for instance in found["Instances"]]

    def scale(self, least: int, most: int, desired: int) -> None:
        update = self.eks.update_nodegroup_config(**WORKERS, scalingConfig=sizes(least, most, desired))["update"]
        names = {"name": NAME, "nodegroupName": "workers", "updateId": update["id"]}
        self.until(lambda: self.eks.describe_update(**names)["update"]["status"] == "Successful")

    def until(self, look: Callable[[], bool]) -> None:
        deadline = time.monotonic() + REAL_SECONDS
        while not look():
            assert time.monotonic() < deadline, "it never came to that"
            time.sleep(0.05)

    def rule(self, **rule: object) -> None:
        url = f"{self.sandbox.url}/_sandbox/faults"
        status, answer = fetch(url, method="POST", body=json.dumps(rule).encode())
        assert status == 201, answer

    def clear(self) -> None:
        fetch(f"{self.sandbox.url}/_sandbox/faults", method="DELETE")


def sizes(least: int, most: int, desired: int) -> dict[str, int]:
    return {"minSize": least, "maxSize": most, "desiredSize": desired}


@pytest.fixture
def night(small: RunningSandbox) -> Iterator[Night]:
    found = Night(small)
    yield found
    found.clear()


def test_a_night(night: Night) -> None:
    night.rule(rule="change", does="ResizeGroup", params=WORKERS | {"minSize": 1, "desiredSize": 2})
    assert night.nodegroup()["scalingConfig"] == sizes(1, 5, 2)
    night.until(lambda: night.lifecycles() == ["InService"] * 2)

    night.scale(0, 5, 0)
    assert "Terminating:Wait" in night.lifecycles(), "accepted, and not done"
    night.until(lambda: night.lifecycles() == [])

    night.rule(rule="scarce", instances=3, cluster=NAME)
    night.scale(0, 5, 5)
    night.until(lambda: night.nodegroup()["status"] == "DEGRADED")
    assert [issue["code"] for issue in night.nodegroup()["health"]["issues"]] == ["AsgInstanceLaunchFailures"]
    night.until(lambda: night.lifecycles() == ["InService"] * 3)

    night.clear()
    night.until(lambda: night.lifecycles() == ["InService"] * 5)
    night.until(lambda: night.nodegroup()["status"] == "ACTIVE")
    assert night.nodegroup()["health"]["issues"] == []

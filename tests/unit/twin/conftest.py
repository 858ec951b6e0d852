from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from sandbox.clock import VirtualClock
from sandbox.twin.inprocess import attach
from tests.unit.twin.house import NAME, REGION, START, FakeWorld, House, Switch, new_twin

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.client import AutoScalingClient
    from mypy_boto3_eks.client import EKSClient


@pytest.fixture(scope="session")
def switch() -> Switch:
    return Switch()


@pytest.fixture(scope="session")
def session(switch: Switch) -> boto3.session.Session:
    session = boto3.session.Session(aws_access_key_id="id", aws_secret_access_key="secret", region_name=REGION)
    attach(session, switch)
    return session


@pytest.fixture(scope="session")
def eks_client(session: boto3.session.Session) -> EKSClient:
    """A client that sends whatever a test says, also what botocore would refuse, and never tries again."""
    return session.client("eks", config=Config(parameter_validation=False, retries={"max_attempts": 0}))


@pytest.fixture(scope="session")
def autoscaling_client(session: boto3.session.Session) -> AutoScalingClient:
    return session.client("autoscaling", config=Config(parameter_validation=False, retries={"max_attempts": 0}))


@pytest.fixture
def house(switch: Switch, eks_client: EKSClient, autoscaling_client: AutoScalingClient) -> House:
    """A twin with an empty account."""
    world, clock = FakeWorld(), VirtualClock(START)
    switch.twin, switch.front = new_twin(world, clock), None
    return House(world=world, clock=clock, switch=switch, eks=eks_client, autoscaling=autoscaling_client)


@pytest.fixture
def active(house: House) -> House:
    """A twin with one empty ACTIVE cluster."""
    house.active_cluster(NAME)
    return house


@pytest.fixture
def working(house: House) -> House:
    """A twin with a cluster that has a network plugin and a node group of one node."""
    house.working_cluster(NAME)
    return house

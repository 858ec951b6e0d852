"""Make EKS twins that look at the sandbox's own IAM, EC2 and KMS and live at its speed."""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING

import boto3

from sandbox.estate import AwsEstate
from sandbox.settings import PARTITION, ROOT_KEY
from sandbox.twin import Twin
from sandbox.twin.faults import Faults
from sandbox.world import AwsWorld

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.clock import Clock
    from sandbox.settings import Settings


def twin_factory(settings: Settings, clock: Clock) -> Callable[[str, str], Faults]:
    """A function that makes the twin of an account and a region, with fault rules before it."""

    def wait(seconds: float) -> None:
        time.sleep(seconds / settings.speed)

    def new_twin(account: str, region: str) -> Faults:
        session = boto3.Session(
            # MiniStack takes an account's number for the access key of its root.
            aws_access_key_id=account,
            aws_secret_access_key=ROOT_KEY,
            region_name=region,
        )
        client = functools.cache(session.client)
        twin = Twin(
            clock=clock,
            world=AwsWorld(client),
            estate=AwsEstate(client),
            account=account,
            region=region,
            seed=settings.seed,
            partition=PARTITION,
        )
        return Faults(twin, wait, settings.seed)

    return new_twin

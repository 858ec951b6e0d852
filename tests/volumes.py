"""Volumes in moto, in states and of ages that moto gives none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_block_store import Volume

if TYPE_CHECKING:
    from datetime import datetime


def age(account: str, region: str, name: str, made_at: datetime) -> None:
    """Have a volume be made at another time."""
    ec2_backends[account][region].volumes[name].create_time = made_at


def hold(account: str, region: str, name: str, state: str) -> None:
    """Have a volume be in this state from now on."""
    held = type("Volume", (Volume,), {"status": state})
    ec2_backends[account][region].volumes[name].__class__ = held

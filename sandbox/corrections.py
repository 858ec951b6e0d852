"""All that makes MiniStack behave as AWS does where it matters here, put in place in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import (
    balancers,
    cloudformation,
    dependencies,
    functions,
    ipv6,
    keys,
    outputs,
    templates,
    unpacking,
    volumes,
    workers,
)
from sandbox.iam import enforcement, managed, transport
from sandbox.states import executions

if TYPE_CHECKING:
    from sandbox.clock import Clock


def correct(clock: Clock) -> None:
    """Apply every correction; once, before the first request.

    Args:
        clock: the one that clusters live by.
    """
    enforcement.install()
    transport.install()
    managed.add_missing_policies()
    managed.refuse_unknown_policies()
    cloudformation.close_gaps()
    executions.install()
    dependencies.install()
    balancers.install()
    volumes.install(clock)
    ipv6.install()
    keys.install()
    templates.install()
    functions.install()
    unpacking.install()
    workers.install()
    outputs.install()

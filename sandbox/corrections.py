"""All that makes MiniStack behave as AWS does where it matters here, put in place in one go."""

from __future__ import annotations

from sandbox import cloudformation, dependencies, functions, ipv6, keys, outputs, templates, unpacking, workers
from sandbox.iam import enforcement, managed, transport
from sandbox.states import executions


def correct() -> None:
    """Apply every correction; once, before the first request."""
    enforcement.install()
    transport.install()
    managed.add_missing_policies()
    managed.refuse_unknown_policies()
    cloudformation.close_gaps()
    executions.install()
    dependencies.install()
    ipv6.install()
    keys.install()
    templates.install()
    functions.install()
    unpacking.install()
    workers.install()
    outputs.install()

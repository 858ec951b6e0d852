"""The simulated account in which clusters are made here: its latencies on record, its table on the meter."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from benchmarks.provisioning.draw import RecordedDraws, propagation
from benchmarks.provisioning.table import MeteredTable
from lambdas.domain.names import PATH, RoleKind, role_name
from sandbox.twin.roles import RoleVisibility
from tests.house import ACCOUNT
from tests.quick import remembering
from tests.simulation.ground import ground
from tests.simulation.slipway import Slipway

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.twin.core import Core
    from tests.simulation.ground import Ground

COLD_SECONDS: Final = 0.6
"""Until a function that nobody has called before begins: assumed. A warm one begins after the simulator's 0.05 s."""

_OFFLINE: Final = {
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@contextmanager
def quiet_ground() -> Iterator[Ground]:
    """A ground to simulate on, with no way out to a real account and no logs."""
    logging.disable()
    try:
        with mock.patch.dict(os.environ, _OFFLINE), ground() as found:
            yield found
    finally:
        logging.disable(logging.NOTSET)


_worker = ExitStack()


@cache
def ground_of_worker() -> Ground:
    """A ground that stays for as long as the process: only for processes that do nothing else."""
    _worker.enter_context(remembering())
    return _worker.enter_context(quiet_ground())


@dataclass
class Account(Slipway):
    """A Slipway whose functions start cold once, in an account where roles are seen as late as the seed says."""

    started: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.draws = RecordedDraws(self.seed)
        self.meter = MeteredTable(self.table)
        self.cloud.services["dynamodb"] = self.meter
        self.twin.intervene(self._prepare)

    def _prepare(self, core: Core) -> None:
        core.draws, core.roles = self.draws, RoleVisibility(propagation(self.seed))

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Call a step's function.

        EKS hears of new roles at once: the twin counts a role's age from when it is first asked about it, and would
        otherwise refuse a node role that was made nine minutes ago.
        """
        if function not in self.started:
            self.started.add(function)
            self.engine.pause(COLD_SECONDS)
        answer = super().invoke(function, event)
        if function == "roles":
            self.twin.intervene(lambda core: _hear_of_roles(core, event["cluster"]))
        return answer


def _hear_of_roles(core: Core, cluster: str) -> None:
    for kind in RoleKind:
        role = core.world.role(f"arn:aws:iam::{ACCOUNT}:role{PATH}{role_name(cluster, kind)}")
        if role is not None:
            core.roles.sees(role, core.now)

"""Step Functions: starts, describes and stops executions, which the interpreter carries out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.simulation.interpreter import Execution
from tests.simulation.refusals import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from tests.simulation.engine import Engine, Process

    Json = dict[str, Any]

RUNNING: Final = "RUNNING"
Carry = Callable[[str, str, str, Execution], None]
"""Carries out an execution: its machine's ARN, its name, its cluster, and where its states are noted."""


@dataclass
class Started:
    """An execution that was started."""

    machine: str
    name: str
    given: str
    at: datetime
    execution: Execution
    process: Process[None]

    @property
    def arn(self) -> str:
        """By which it is known."""
        return arn_of(self.machine, self.name)

    @property
    def cluster(self) -> str:
        """Whom it is about."""
        return str(json.loads(self.given)["cluster"])


@dataclass
class Machines:
    """All executions that there have been."""

    engine: Engine
    carry: Carry
    started: dict[str, Started] = field(default_factory=dict)
    """By ARN."""

    def call(self, operation: str, params: Json) -> Json:
        """Do an operation of Step Functions'. Raises Refused."""
        match operation:
            case "StartExecution":
                return self._start(params["stateMachineArn"], params["name"], params["input"])
            case "DescribeExecution":
                found = self._known(params["executionArn"])
                return {"name": found.name, "status": found.execution.status, "startDate": found.at}
            case "StopExecution":
                self.stop(params["executionArn"])
                return {"stopDate": self.engine.clock.now()}
            case _:
                raise AssertionError(f"Slipway has not used {operation} before")

    def stop(self, arn: str) -> None:
        """End an execution where it stands; the functions that it has called go on."""
        found = self._known(arn)
        if found.execution.status == RUNNING:
            found.execution.status = "ABORTED"
            found.process.end()

    def running(self) -> list[Started]:
        """Those that go on."""
        return [it for it in self.started.values() if it.execution.status == RUNNING]

    def _known(self, arn: str) -> Started:
        if arn not in self.started:
            raise Refused("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return self.started[arn]

    def _start(self, machine: str, name: str, given: str) -> Json:
        """The same name and input again are answered as before while it goes on, and refused once it is over."""
        arn = arn_of(machine, name)
        known = self.started.get(arn)
        if known is None:
            execution = Execution()
            cluster = json.loads(given)["cluster"]
            process = self.engine.spawn(lambda: self.carry(machine, name, cluster, execution), about=name)
            self.started[arn] = known = Started(machine, name, given, self.engine.clock.now(), execution, process)
        elif known.execution.status != RUNNING or known.given != given:
            raise Refused("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
        return {"executionArn": arn, "startDate": known.at}


def arn_of(machine: str, name: str) -> str:
    """The ARN of an execution of this machine."""
    return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"

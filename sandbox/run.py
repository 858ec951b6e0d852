"""One sandbox from start to end: servers, deployment, summary, clean-up."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from ministack import app as ministack
from ministack.core import lambda_runtime

from sandbox import schedules, workers
from sandbox.assembly import AssemblyError, Environment, read_assembly
from sandbox.clock import ScaledClock
from sandbox.control import FaultsControl
from sandbox.corrections import correct
from sandbox.deploy import DeploymentError, deploy
from sandbox.front import FrontDoor
from sandbox.gate import TwinGate
from sandbox.neighbours import move_in
from sandbox.ready import describe, say, summary
from sandbox.server import serve
from sandbox.settings import ACCOUNT, PARTITION
from sandbox.status import HEALTH_PATH, Status
from sandbox.synth import SynthesisError, synthesise
from sandbox.twins import twin_factory

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from sandbox.settings import Settings


def run(settings: Settings, listener: socket.socket, url: str, directory: Path) -> int:
    """Serve until interrupted; 1 when the deployment failed."""
    say(f"Starting the sandbox at {url} ({HEALTH_PATH} answers 200 once all is deployed)")
    status, stop = Status(), threading.Event()
    clock = ScaledClock(settings.speed)
    correct(clock)
    gate = TwinGate(twin_factory(settings, clock))
    faults = FaultsControl(lambda: gate.faults(ACCOUNT, settings.region))
    front_door = FrontDoor(status, (faults, schedules.install()), gate, ministack.app)
    deployment = _Deployment(settings, url, directory, status, stop)

    async def deploy_beside_the_server() -> None:
        await asyncio.to_thread(deployment.run)

    try:
        asyncio.run(serve(front_door, listener, deploy_beside_the_server, stop))
    except (AssemblyError, BotoCoreError, ClientError, DeploymentError, SynthesisError) as error:
        sys.stderr.write(f"\nThe deployment failed while {status.phase}:\n{error}\n")
        return 1
    finally:
        workers.close()
        lambda_runtime.reset()
    return 0


class _Deployment:
    """Synthesis and deployment, in a thread of its own beside the servers."""

    def __init__(self, settings: Settings, url: str, directory: Path, status: Status, stop: threading.Event) -> None:
        self._settings = settings
        self._url = url
        self._directory = directory
        self._status = status
        self._stop = stop

    def run(self) -> None:
        """Deploy, then publish what is there."""
        began = time.monotonic()
        session = boto3.Session(region_name=self._settings.region)
        environment = Environment(account=ACCOUNT, region=self._settings.region, partition=PARTITION)
        assembly = read_assembly(self._assembly(), environment)
        move_in(session.client)
        outputs = deploy(session, assembly, self._report, self._stop)
        self._status.ready = describe(session, self._settings, self._url, outputs)
        say(summary(self._status.ready, time.monotonic() - began))

    def _assembly(self) -> Path:
        if self._settings.assembly is not None:
            return self._settings.assembly
        self._report(f"synthesising {self._settings.app.name}")
        output = self._directory / "cdk.out"
        synthesise(self._settings.app, output, self._settings.region, self._stop)
        return output

    def _report(self, phase: str) -> None:
        self._status.phase = phase
        say(f"  {phase} ...")

"""Slipway itself on the sandbox: that it is deployed. What it does is for the end-to-end tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.sandbox.conftest import RunningSandbox


def test_the_api_answers(sandbox: RunningSandbox) -> None:
    status, clusters = sandbox.call_api("GET", "/clusters")
    assert status == 200, sandbox.log.read_text()[-4000:]
    assert clusters["items"] == []


def test_the_state_machines_are_known_by_name(sandbox: RunningSandbox) -> None:
    machines = sandbox.client("stepfunctions").list_state_machines()["stateMachines"]
    assert {one["name"]: one["stateMachineArn"] for one in machines} == sandbox.health["stateMachines"]
    assert machines

"""`slipway adopt`: what is shown, what is sent, and that nothing is taken over unasked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.unit.cli.samples import RUN_ID, a_cluster, a_run, failed
from tests.unit.cli.server import Answer, ScriptedApi

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Terminal

ROUTE = "POST /clusters/ledger/adopt"
SPEC = {"name": "ledger", "version": "1.34"}
ACTION = {
    "verb": "adopt",
    "resource": "cluster",
    "reason": "tags.slipway/cluster is not there",
    "consequence": "in place: it becomes Slipway's by these tags, and stays as it is",
    "differences": [{"field": "tags.slipway/cluster", "actual": None, "wanted": "ledger"}],
}
FOUND: dict[str, Any] = {
    "spec": SPEC,
    "actions": [ACTION],
    "undescribed": [{"what": "Fargate profile batch", "meaning": "It goes on."}],
    "hindrances": [],
}
ACCEPTED = {"cluster": a_cluster(), "run": a_run()}
SHOWN = """\
name: ledger
version: '1.34'

~ adopt cluster
      in place: it becomes Slipway's by these tags, and stays as it is
      tags.slipway/cluster
        + "ledger"
1 in place

No spec says, and it stays as it is:
  Fargate profile batch: It goes on.

Nothing was changed. To take ownership, add --confirm.
"""


def test_a_look_shows_spec_and_plan_and_asks_for_nothing(served: ScriptedApi, slipway: Terminal) -> None:
    served.script(ROUTE, Answer(200, FOUND))
    result = slipway("adopt", "ledger")
    assert (result.exit_code, result.stdout) == (0, SHOWN)
    assert [it.json for it in served.requests] == [{}]
    assert yaml.safe_load(slipway("adopt", "ledger", "-o", "yaml").stdout) == FOUND


def test_what_stands_in_the_way_is_shown(served: ScriptedApi, slipway: Terminal) -> None:
    error = {"pointer": "/spec/roleArn", "detail": "May not.", "remedy": "Allow it."}
    served.script(ROUTE, Answer(200, {**FOUND, "hindrances": [error]}))
    shown = slipway("adopt", "ledger").stdout
    assert "To be mended before it can be adopted:\n  /spec/roleArn: May not. -> Allow it.\n" in shown
    assert "--confirm" not in shown


@pytest.mark.parametrize("edited", [False, True])
def test_ownership_is_taken_when_that_is_said(
    served: ScriptedApi, slipway: Terminal, tmp_path: Path, *, edited: bool
) -> None:
    served.script(ROUTE, Answer(202, ACCEPTED))
    (tmp_path / "spec.yaml").write_text(yaml.safe_dump(SPEC))
    file = ("-f", str(tmp_path / "spec.yaml")) if edited else ()
    result = slipway("adopt", "ledger", "--confirm", *file)
    assert (result.exit_code, RUN_ID in result.stdout) == (0, True)
    assert served.requests[0].json == ({"spec": SPEC, "confirm": True} if edited else {"confirm": True})


def test_a_run_that_fails_is_said_by_the_exit_code(served: ScriptedApi, slipway: Terminal) -> None:
    served.script(ROUTE, Answer(202, ACCEPTED))
    served.script(f"GET /runs/{RUN_ID}", Answer(200, failed()))
    result = slipway("adopt", "ledger", "--confirm", "--wait", "-o", "json")
    assert (result.exit_code, json.loads(result.stdout)["run"]["id"]) == (1, RUN_ID)

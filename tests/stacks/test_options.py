from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aws_cdk as cdk
import pytest

from stacks.asset import Target
from stacks.options import Options
from stacks.slipway import SlipwayStack
from tests.stacks.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def of(**context: object) -> Options:
    return Options.from_context(cdk.App(context={f"slipway:{name}": value for name, value in context.items()}).node)


def test_without_a_word_nothing_is_allowed() -> None:
    assert of() == Options()
    assert (Options().passable_roles, Options().usable_keys, Options().target) == ((), (), Target.LAMBDA)


def test_what_an_operator_says_is_taken() -> None:
    chosen = of(
        stackName="Quay",
        passableRoles=["a/*", "b"],
        usableKeys=["arn:key"],
        logRetentionDays="7",
        alarmTopicArn="arn:topic",
        target="sandbox",
    )
    assert chosen == Options(
        stack_name="Quay",
        passable_roles=("a/*", "b"),
        usable_keys=("arn:key",),
        log_retention_days=7,
        alarm_topic_arn="arn:topic",
        target=Target.SANDBOX,
    )


def test_cdk_json_says_only_what_is_known() -> None:
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    ours = {name.removeprefix("slipway:"): value for name, value in context.items() if name.startswith("slipway:")}
    assert set(ours) == {"stackName", "passableRoles", "usableKeys", "logRetentionDays", "alarmTopicArn"}
    assert of(**ours) == Options(passable_roles=("platform/*",))


@pytest.mark.parametrize("target", ["moon", "Lambda"])
def test_an_unknown_target_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match=target):
        of(target=target)


def test_a_retention_that_logs_do_not_know_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="slipway:logRetentionDays is 8: choose one of 7, 30"):
        SlipwayStack(
            cdk.App(outdir=str(tmp_path)),
            "Slipway",
            options=Options(log_retention_days=8),
            code=tmp_path,
            definitions=ROOT / "statemachines",
        )

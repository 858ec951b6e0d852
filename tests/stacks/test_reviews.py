"""What cdk-nag says of the stack, and that it would say something."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks

from stacks.reviews import explain_wildcard

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def report(assembly: Path) -> dict[str, Any]:
    document = json.loads((assembly / "validation-report.json").read_text())
    (found,) = [it for it in document["pluginReports"] if it["pluginName"] == "AwsSolutions"]
    assert isinstance(found, dict)
    return found


def test_no_finding_is_left_unexplained(report: dict[str, Any]) -> None:
    assert (report["conclusion"], report["violations"]) == ("success", [])


def test_every_explanation_is_a_sentence(report: dict[str, Any]) -> None:
    reasons = {it["reason"] for it in report["suppressedViolations"]}
    assert reasons
    for reason in reasons:
        assert len(reason.split()) >= 5
        assert reason.endswith(".")


def test_nothing_is_explained_for_the_stack_as_a_whole(report: dict[str, Any]) -> None:
    """An explanation holds for one construct, so that a new one beside it is looked at."""
    assert all("/" in it["acknowledgedAt"] for it in report["suppressedViolations"])


def test_a_finding_that_nobody_explained_stops_the_synthesis(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path))
    s3.Bucket(cdk.Stack(app, "Careless"), "Open")
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()


def test_a_wildcard_needs_a_reason() -> None:
    stack = cdk.Stack(cdk.App(), "Slipway")
    with pytest.raises(ValueError, match="nobody says why"):
        explain_wildcard(stack, "*", "")

"""Deletions in which things go wrong: functions die, EKS refuses, something is left behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from lambdas.domain import pacing
from lambdas.domain.runs import RunStatus
from sandbox.twin.faults import ALWAYS, Force, Issue, Leave
from tests.unit.steps.refusals import refusing
from tests.wire import Fate
from tests.workflows.attempts import A_WHILE
from tests.workflows.demolition import inventory, work_within
from tests.workflows.test_interruptions_calls import Once

if TYPE_CHECKING:
    from tests.workflows.demolition import Site

EVERYTHING = ("eks", "iam", "ec2", "elb", "elbv2", "logs", "scheduler", "dynamodb")


@pytest.mark.parametrize("fate", [Fate.DIES_BEFORE, Fate.DIES_AFTER, Fate.ALL_ANSWERS_LOST])
def test_every_call_may_go_wrong_once(site: Site, fate: Fate) -> None:
    """The same run gets to its end, since Step Functions tries again."""
    site.build("everything")
    work_within(site.home, site.name)
    site.home.wire.forget()
    once = Once(site.home, EVERYTHING)
    with site.home.wire.striking(fate, once):
        run = site.demolish(invoke=once.invoke)
    assert len(site.home.wire.struck) > 20
    assert {it.name.partition(":")[0] for it in site.home.wire.struck} >= {"elb", "elbv2"}
    site.assert_bare(run)


@pytest.mark.parametrize("of", ["nodes", "controlPlane"])
def test_what_eks_leaves_behind_goes_too(site: Site, of: str) -> None:
    site.build()
    rule = site.home.faults.add(Leave(2, of=of, log_group=True, cluster=site.name))  # type: ignore[arg-type] # one of two
    run = site.demolish()
    site.home.faults.remove(rule)
    site.home.clock.advance(A_WHILE)
    site.assert_bare(run)


def test_what_cannot_be_deleted_is_said_and_deleting_again_goes_on(site: Site) -> None:
    site.build()
    issue = Issue("Ec2SecurityGroupDeletionFailure", "A network interface holds it.")
    rule = site.home.faults.add(
        Force("nodegroup", "DELETE_FAILED", (issue,), cluster=site.name, name="services", when=ALWAYS)
    )
    failed = site.demolish()
    site.home.faults.remove(rule)
    assert (failed.status, failed.error and failed.error.code) == (RunStatus.FAILED, issue.code)
    assert failed.error is not None
    assert "spec again" not in failed.error.remedy
    assert "nodegroups/services DELETE_FAILED" in failed.error.exists
    assert "nodegroups/batch" in failed.receipt.deleted
    assert inventory(site.home) != site.before
    site.assert_bare(site.demolish())


def test_something_foreign_that_blocks_it_is_said(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody has put an instance of their own into the VPC, which EC2 then does not delete."""
    site.build("network")
    monkeypatch.setattr(pacing, "STILL_IN_USE", replace(pacing.STILL_IN_USE, budget=60))
    said = "The vpc 'vpc-1' has dependencies and cannot be deleted."
    with refusing(site.home.around.aws.ec2, "DeleteVpc", 400, "DependencyViolation", said):
        failed = site.demolish()
    assert (failed.status, failed.error and failed.error.code) == (RunStatus.FAILED, "DependencyViolation")
    assert failed.error is not None
    assert said in failed.error.cause
    assert "Slipway did not make" in failed.error.remedy
    assert "delete the cluster again" in failed.error.remedy
    assert "cluster" in failed.receipt.deleted
    site.assert_bare(site.demolish())

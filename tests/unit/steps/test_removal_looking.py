"""One look of the state machine ``destroy``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from lambdas.domain.pacing import Part
from lambdas.domain.progress import Action, Progress, Ready, Report, Waiting
from lambdas.handlers.looking import look
from lambdas.steps.contracts import STEPS
from tests.house import EVERY_REMOVAL
from tests.unit.steps import test_looking
from tests.unit.steps.test_looking import Thing, waiting

if TYPE_CHECKING:
    from lambdas.domain.runs import Run
    from lambdas.steps.contract import StepContract
    from tests.house import House

home, run = test_looking.home, test_looking.run
GOING = Waiting("Deleting", "it goes", 15, 60)


class Going:
    """Something that is to go, and goes."""

    path = "cluster"

    def __init__(self) -> None:
        self.changes = 0

    def look_for(self) -> Report:
        action = Action(verb="delete", resource=self.path, reason="", consequence="")
        return Report(resource=self.path, progress=waiting(), action=action, facts={"status": "ACTIVE"})

    def delete(self, _: Action) -> Progress:
        self.changes += 1
        return GOING


@pytest.mark.parametrize(("verb", "deleted", "made"), [("remove", 1, 0), ("ensure", 0, 1), ("observe", 0, 0)])
def test_only_remove_takes_away_and_it_makes_nothing(home: House, run: Run, verb: str, deleted: int, made: int) -> None:
    wanted, going = Thing("cluster", waiting(), Ready()), Going()
    event = {"verb": verb, "cluster": run.cluster, "run": run.id, "last": None}
    look(home.around, lambda *_: [wanted], Part.CLUSTER, event, lambda *_: [going])
    assert (going.changes, wanted.changes) == (deleted, made)


def test_what_was_found_is_answered_and_remembered(home: House, run: Run) -> None:
    event = {"verb": "remove", "cluster": run.cluster, "run": run.id, "last": None}
    answer = look(home.around, lambda *_: [], Part.CLUSTER, event, lambda *_: [Going()])
    assert (answer["progress"], answer["reason"], answer["retryAfterSeconds"]) == ("Waiting", "cluster: it goes", 15)
    record = home.around.registry.cluster(run.cluster)
    assert record is not None
    assert record.observed["cluster"] == {"status": "ACTIVE"}


def test_a_step_that_says_nothing_of_it_takes_nothing_away(home: House, run: Run) -> None:
    event = {"verb": "remove", "cluster": run.cluster, "run": run.id, "last": None}
    assert look(home.around, lambda *_: [], Part.CLUSTER, event)["progress"] == "Ready"


@pytest.mark.parametrize("contract", [it for it in STEPS if it.parts], ids=lambda it: it.name)
def test_every_step_has_its_handler_and_its_removals(contract: StepContract) -> None:

    assert callable(import_module(f"lambdas.handlers.{contract.name}").handler)
    assert set(contract.parts) <= EVERY_REMOVAL.keys()

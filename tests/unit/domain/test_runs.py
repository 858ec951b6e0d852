from __future__ import annotations

from pathlib import Path

from botocore.model import StringShape
from botocore.session import get_session

from lambdas.domain.runs import RunStatus, Verb

ROOT = Path(__file__).parents[3]


def test_every_verb_has_a_state_machine_and_every_state_machine_a_verb() -> None:
    assert {file.name.removesuffix(".asl.json") for file in (ROOT / "statemachines").iterdir()} == set(Verb)


def test_the_statuses_are_step_functions_own_words() -> None:
    shape = get_session().get_service_model("stepfunctions").shape_for("ExecutionStatus")
    assert isinstance(shape, StringShape)
    assert set(RunStatus) < set(shape.enum)

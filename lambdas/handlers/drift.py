"""The function ``drift``, which EventBridge calls every hour."""

from dataclasses import asdict

from lambdas.aws.executions import Executions
from lambdas.handlers.looking import Surroundings, logger, surroundings
from lambdas.steps.drifting import LookTroubled, Watch
from lambdas.steps.intake import Intake
from lambdas.steps.night import Nights


def handler(_: object, __: object) -> dict[str, object]:
    """Event: anything; answer: what was found."""
    return answer(surroundings())


def answer(around: Surroundings) -> dict[str, object]:
    """What the look found. Raises LookTroubled, for the alarm, once all clusters have been looked at."""
    looked = watch(around).all()
    said = asdict(looked)
    logger.info("looked for drift", extra={"answer": said})
    if looked.trouble:
        raise LookTroubled(str(looked.trouble))
    return said


def watch(around: Surroundings) -> Watch:
    """What looks for drift here."""
    executions = Executions(around.aws.stepfunctions, around.settings)
    intake = Intake(around.registry, executions, around.aws, around.settings)
    return Watch(intake, Nights(around.registry, around.starter), around.announcer)

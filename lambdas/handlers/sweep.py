"""The function ``sweep``, which EventBridge calls every 15 minutes."""

from dataclasses import asdict

from lambdas.handlers.looking import Surroundings, logger, surroundings
from lambdas.steps.sweep import SweepTroubled, sweep


def handler(_: object, __: object) -> dict[str, object]:
    """Event: anything; answer: what was done."""
    return answer(surroundings())


def answer(around: Surroundings) -> dict[str, object]:
    """What the sweep did. Raises SweepTroubled, for the alarm, once all has been seen to."""
    swept = sweep(around.starter, around.announcer)
    said = asdict(swept)
    logger.info("swept", extra={"answer": said})
    if swept.trouble:
        raise SweepTroubled(str(swept.trouble))
    return said

"""The function ``sweep``, which EventBridge calls every 15 minutes."""

from dataclasses import asdict

from lambdas.handlers.looking import logger, surroundings
from lambdas.steps.starting import Starter
from lambdas.steps.sweep import SweepTroubled, sweep


def handler(_: object, __: object) -> dict[str, object]:
    """Event: anything; answer: what was done."""
    return answer(surroundings().starter)


def answer(starter: Starter) -> dict[str, object]:
    """What the sweep did. Raises SweepTroubled, for the alarm, once all clusters have been seen to."""
    swept = sweep(starter)
    said = asdict(swept)
    logger.info("swept", extra={"answer": said})
    if swept.trouble:
        raise SweepTroubled(str(swept.trouble))
    return said

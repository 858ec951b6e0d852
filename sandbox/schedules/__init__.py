"""EventBridge as AWS keeps time: schedules of the Scheduler, and rules with a schedule, fire when and as they should.

One file for each of MiniStack's differences: `api.py` (what is refused), `expressions.py` (when), `clockwork.py`
(whether), `delivery.py` (with what outcome), `rules.py` (scheduled rules of an event bus). `interference.py` and
`control.py` let firings go wrong on purpose.
"""

from __future__ import annotations

from sandbox.schedules import api, clockwork, rules
from sandbox.schedules.clockwork import Clockwork
from sandbox.schedules.control import FiringsControl
from sandbox.schedules.delivery import bury, deliver
from sandbox.schedules.interference import Interferences


def install() -> FiringsControl:
    """Put all of it in MiniStack's place, once, before the first request; return the endpoint that controls it."""
    interferences = Interferences()
    works = Clockwork(interferences, deliver, bury)
    api.install()
    rules.install()
    clockwork.install(works)
    return FiringsControl(interferences, works.outcomes)

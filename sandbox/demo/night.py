"""The night of the demo: a calendar whose window ends soon, and EventBridge that puts the cluster to sleep.

Calendars are about people's clocks, so this night begins by the clock on the wall, however fast the twin is.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import urllib3

from sandbox.demo.day import CLUSTER, NODEGROUP, states
from sandbox.demo.telling import DemoFailed, must_be, say
from sandbox.schedules.control import FIRINGS_PATH

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.demo.telling import Person

_HEAD_START = timedelta(seconds=20)
"""What the calendar needs to become schedules before the first of them is due."""
_FIRING_SECONDS = 90


def fall_asleep(person: Person, directory: Path) -> None:
    """Give the cluster a calendar, and do nothing until it sleeps."""
    begins = _next_minute(datetime.now(UTC) + _HEAD_START)
    window = f"Mon-Sun {begins - timedelta(hours=12):%H:%M}-{begins:%H:%M}"
    calendar = directory / "calendar.json"
    calendar.write_text(json.dumps({"timezone": "UTC", "awake": [window]}))
    say(f"A calendar: awake {window} (UTC), so that the night begins in {_seconds_to(begins):.0f} seconds:")
    person.slipway("schedule", CLUSTER, "set", str(calendar), "--wait")
    before = _runs(person)
    say(f"Nobody calls anything now, and EventBridge Scheduler fires at {begins:%H:%M}:")
    run = _next_run(person, before, begins)
    say(f"  {_firing(person)}", paragraph=False)
    person.slipway("watch", run)
    say("What EKS and Auto Scaling say of it (the twin's answers):")
    _check_sizes(person, least=0, desired=0)
    must_be("instances", states(person) or "none", "none")


def wake(person: Person) -> None:
    """Wake it by hand; at the next beginning of a window it would wake by itself."""
    say("Somebody works late:")
    person.slipway("wake", CLUSTER, "--wait")
    say("What the API says of it:")
    person.slipway("get", CLUSTER)
    say("What EKS and Auto Scaling say of it (the twin's answers):")
    _check_sizes(person, least=1, desired=1)
    must_be("instances", states(person), "InService")


def _check_sizes(person: Person, *, least: int, desired: int) -> None:
    nodegroup = person.client("eks").describe_nodegroup(clusterName=CLUSTER, nodegroupName=NODEGROUP)["nodegroup"]
    sizes = nodegroup["scalingConfig"]
    must_be("minSize", str(sizes["minSize"]), str(least))
    must_be("maxSize", str(sizes["maxSize"]), "2")
    must_be("desiredSize", str(sizes["desiredSize"]), str(desired))


def _next_run(person: Person, before: set[str], begins: datetime) -> str:
    """The id of the run that nobody here has started."""
    deadline = time.monotonic() + _seconds_to(begins) + _FIRING_SECONDS
    while time.monotonic() < deadline:
        if started := _runs(person) - before:
            return started.pop()
        time.sleep(0.5)
    raise DemoFailed(f"no run began at {begins:%H:%M}.")


def _runs(person: Person) -> set[str]:
    return {run["id"] for run in person.told("runs", CLUSTER)}


def _firing(person: Person) -> str:
    """The newest firing of a schedule, as the sandbox's Scheduler notes it."""
    answer = urllib3.request("GET", person.health["url"] + FIRINGS_PATH, retries=False)
    firings = json.loads(answer.data)["firings"]
    if not firings:
        raise DemoFailed("EventBridge Scheduler has not fired.")
    newest = firings[-1]
    return f"schedule {newest['schedule']} fired at {newest['at']}: {newest['outcome']}"


def _next_minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _seconds_to(instant: datetime) -> float:
    return max(0.0, (instant - datetime.now(UTC)).total_seconds())

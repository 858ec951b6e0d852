"""A cluster's nights on the screen: whether it is awake, why and until when, what comes next, what was saved."""

from collections.abc import Iterable, Iterator
from typing import Final

import yaml
from rich.console import Group, RenderableType
from rich.text import Text

from cli.shapes import Arranged, Moment, NightStatus, NodegroupSizes, Schedule, SizeChange, Upcoming
from cli.tables import Cells, facts, section

_EVENTS: Final = ("NEXT", "LOCAL TIME", "UTC", "WHY")
_BY_DAY: Final = ("SIZES TO COME", "MIN", "MAX", "DESIRED")
_UPDATES: Final = ("SIZES CHANGED", "MIN", "MAX", "DESIRED", "STATUS", "SINCE", "UPDATE")


def night_sections(night: NightStatus) -> Iterator[RenderableType]:
    """What ``get`` says of a cluster's nights."""
    yield Text()
    yield facts(
        ("power", _power(night)),
        ("why", night["why"]),
        ("until", _local(night["until"])),
        ("saved", f"{night['savedNodeHours']:g} node-hours" if night["savedNodeHours"] else None),
    )
    yield from _events(night["nextEvents"])
    if groups := night["nodegroups"]:
        yield from section(_BY_DAY, map(_sizes_row, groups))
    if updates := night["updates"]:
        yield from section(_UPDATES, map(_update_row, updates))


def schedule_view(schedule: Schedule) -> RenderableType:
    """The calendar as one would write it, what it says now, and what comes next."""
    calendar, desired, override = schedule["calendar"], schedule["desired"], schedule["override"]
    written = yaml.safe_dump(calendar, sort_keys=False, allow_unicode=True).rstrip() if calendar else "No calendar."
    by_hand = (
        f"{override['state']}, until {_local(override['until']) or 'somebody says otherwise'}" if override else None
    )
    return Group(
        Text(written),
        Text(),
        facts(
            ("wanted", desired["state"]),
            ("why", desired["reason"]),
            ("until", _local(desired["until"])),
            ("by hand", by_hand),
        ),
        *_events(schedule["nextEvents"]),
    )


def arranged_text(answer: Arranged) -> str:
    """What the cluster is to be now, and the run that sees to it."""
    cluster, run, desired = answer["cluster"], answer["run"], answer["schedule"]["desired"]
    until = _local(desired["until"])
    sizes = ", ".join(f"{it['nodegroupName']}={it['desiredSize']}" for it in cluster["status"]["night"]["nodegroups"])
    lines = [
        f"{cluster['name']}: to be {desired['state']}{f' until {until}' if until else ''}",
        desired["reason"],
        *([f"sizes to come: {sizes}"] if sizes else []),
    ]
    if run is None:
        return "\n".join([*lines, "Nothing is left to do."])
    lines.append(f"run {run['id']} {run['status']}")
    return "\n".join([*lines, *([f"console: {run['consoleUrl']}"] if run["consoleUrl"] else [])])


def _power(night: NightStatus) -> str:
    """What it is, and what it is to be where that differs."""
    wanted = "awake" if night["awake"] else "asleep"
    return night["power"] if night["power"] == wanted else f"{night['power']}, to be {wanted}"


def _local(moment: Moment | None) -> str | None:
    return moment["local"] if moment else None


def _events(events: Iterable[Upcoming]) -> list[RenderableType]:
    rows: list[Cells] = [(event["what"], event["at"]["local"], event["at"]["utc"], event["why"]) for event in events]
    return section(_EVENTS, rows) if rows else []


def _sizes_row(group: NodegroupSizes) -> Cells:
    return (group["nodegroupName"], *(str(size) for size in (group["minSize"], group["maxSize"], group["desiredSize"])))


def _update_row(update: SizeChange) -> Cells:
    sizes = (str(size) for size in (update["minSize"], update["maxSize"], update["desiredSize"]))
    return (update["nodegroupName"], *sizes, update["status"], update["createdAt"], update["updateId"])

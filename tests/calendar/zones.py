"""Every IANA zone by what its clocks do: zones whose clocks agree from 2024 to 2040 are looked at once.

Nothing else is left out. Changes are found by comparing offsets six hours apart, so two that undo each other within
that time would be missed; no zone has such.
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

FIRST: Final = datetime(2024, 1, 1, tzinfo=UTC)
LAST: Final = datetime(2041, 1, 1, tzinfo=UTC)
# What the days before and after the first and last change look like counts too.
_MARGIN = timedelta(days=14)
_STEP = timedelta(hours=6)
# Where nothing ever changes some instant has to do.
_ANY = datetime(2028, 2, 29, 1, tzinfo=UTC)
# Beside the zones lie files that are none.
_NO_ZONES = frozenset({"Factory", "localtime", "posixrules"})


@dataclass(frozen=True, slots=True)
class Clock:
    """What a group of zones shows: its first name, all of them, and the instants at which the offset changes."""

    name: str
    names: tuple[str, ...]
    changes: tuple[datetime, ...]

    @property
    def instants(self) -> tuple[datetime, ...]:
        """The changes between 2024 and 2040, or any instant if there are none."""
        return tuple(change for change in self.changes if FIRST <= change < LAST) or (_ANY,)


@cache
def clocks() -> tuple[Clock, ...]:
    """All zones, grouped."""
    number = int((LAST - FIRST + 2 * _MARGIN) / _STEP)
    walls = [(FIRST - _MARGIN).replace(tzinfo=None) + place * _STEP for place in range(number)]
    groups: dict[tuple[timedelta | None, tuple[datetime, ...], tuple[timedelta | None, ...]], list[str]] = {}
    for name in sorted(zoneinfo.available_timezones() - _NO_ZONES):
        zone = ZoneInfo(name)
        offsets = [zone.utcoffset(wall) for wall in walls]
        places = [place for place in range(1, number) if offsets[place] != offsets[place - 1]]
        changes = tuple(_change(zone, walls[place]) for place in places)
        groups.setdefault((offsets[0], changes, tuple(offsets[place] for place in places)), []).append(name)
    return tuple(Clock(names[0], tuple(names), changes) for (_, changes, _), names in groups.items())


def _change(zone: ZoneInfo, wall: datetime) -> datetime:
    """The instant, to the second, at which the offset becomes what it is at a time on the clock, and was not before."""
    around = int(wall.replace(tzinfo=zone).timestamp())
    before, after = around - 12 * 3600, around + 6 * 3600
    offset = datetime.fromtimestamp(before, zone).utcoffset()
    while after - before > 1:
        half = (before + after) // 2
        if datetime.fromtimestamp(half, zone).utcoffset() == offset:
            before = half
        else:
            after = half
    return datetime.fromtimestamp(after, UTC)

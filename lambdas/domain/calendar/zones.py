"""Which time zones there are, and which one was probably meant."""

import zoneinfo
from functools import cache
from typing import Final

from lambdas.domain.constraints import UnacceptableError, quoted
from lambdas.domain.wording import nearest

# Files beside the zones that are none: what this machine is set to, an example and a template.
_NO_ZONES: Final = frozenset({"Factory", "localtime", "posixrules"})


@cache
def zone_names() -> frozenset[str]:
    """Answer the names of all IANA time zones, old names included."""
    return frozenset(zoneinfo.available_timezones() - _NO_ZONES)


def known_zone(name: str) -> str:
    """Answer the name itself if there is such a time zone.

    Raises:
        UnacceptableError: There is none.
    """
    if name in zone_names():
        return name
    meant = _meant(name)
    remedy = f"Did you mean {meant}?" if meant else "Write the IANA name of a time zone, such as Europe/Berlin."
    raise UnacceptableError(f"{quoted(name)} is not a time zone.", remedy)


def _meant(name: str) -> str | None:
    """Answer the zone of a city that is given without its continent, or else the zone whose name is most like it."""
    names = sorted(zone_names())
    written = name.strip().replace(" ", "_")
    cities = {zone.rpartition("/")[2].casefold(): zone for zone in names if "/" in zone}
    return cities.get(written.rpartition("/")[2].casefold()) or nearest(written, names)

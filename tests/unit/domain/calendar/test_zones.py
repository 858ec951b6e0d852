from __future__ import annotations

import pytest

from lambdas.domain.calendar.zones import known_zone, zone_names
from lambdas.domain.constraints import UnacceptableError


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "CET"])
def test_a_zone_is_known(name: str) -> None:
    assert known_zone(name) == name


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("Europe/Berln", "Did you mean Europe/Berlin?"),
        ("europe/berlin", "Did you mean Europe/Berlin?"),
        ("Berlin", "Did you mean Europe/Berlin?"),
        ("New York", "Did you mean America/New_York?"),
        ("America/Tokyo", "Did you mean Asia/Tokyo?"),
        ("", "Write the IANA name of a time zone, such as Europe/Berlin."),
        ("!", "Write the IANA name of a time zone, such as Europe/Berlin."),
        ("../../etc/passwd", "Write the IANA name of a time zone, such as Europe/Berlin."),
    ],
)
def test_an_unknown_zone_is_answered_with_the_nearest(name: str, remedy: str) -> None:
    with pytest.raises(UnacceptableError, match="is not a time zone") as caught:
        known_zone(name)
    assert caught.value.remedy == remedy


def test_files_beside_the_zones_are_none() -> None:
    assert not {"Factory", "localtime", "posixrules", "tzdata.zi", "zone.tab"} & zone_names()

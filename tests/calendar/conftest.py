from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING

import pytest

from lambdas.domain.calendar.zones import zone_names

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="package")
def rules_of_the_functions() -> Iterator[None]:
    """The rules of the pinned tzdata, as in the deployed functions, whatever this machine has."""
    before = zoneinfo.TZPATH
    _look_in(())
    yield
    _look_in(before)


def _look_in(path: tuple[str, ...]) -> None:
    zoneinfo.reset_tzpath(to=path)
    zoneinfo.ZoneInfo.clear_cache()
    zone_names.cache_clear()

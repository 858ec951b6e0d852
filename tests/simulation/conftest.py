"""A ground for all simulations of a process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.simulation.ground import ground as standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.simulation.ground import Ground


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    """moto and the clients, once for a file."""
    with standing() as made:
        yield made

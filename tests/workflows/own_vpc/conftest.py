from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.workflows.own_vpc.ground import History, Site, Wire, ground, new_spec, undone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.aws.clients import Aws

_numbers = count(2)


@pytest.fixture(scope="module")
def _account() -> Iterator[tuple[Aws, Wire]]:
    with ground() as made:
        yield made


@pytest.fixture(scope="module")
def quiet(_account: tuple[Aws, Wire]) -> History:
    """A VPC made in a quiet hour, with the changes asked for and all that was reported."""
    aws, wire = _account
    wire.__init__()  # type: ignore[misc] # the clients keep this very object
    site = Site(aws, wire, new_spec("finished"), "run-1")
    reports = [site.look()]
    while "network" not in reports[-1]:
        reports.append(site.look())
    return History(site, wire.calls, reports)


@pytest.fixture(scope="module")
def hard(quiet: History) -> History:
    """An IPv6 VPC made while reads lagged and every change killed whoever asked for it, with all calls."""
    aws, wire = quiet.site.aws, quiet.site.wire
    wire.__init__(lag=1, deadly=True)  # type: ignore[misc] # as above
    site = Site(aws, wire, new_spec("survivor", ipv6=True), "run-1")
    return History(site, wire.calls, [site.converge()])


@pytest.fixture
def wire(_account: tuple[Aws, Wire]) -> Iterator[Wire]:
    """The wire without a fault and with empty notes; what is made over it is forgotten after the test."""
    wire = _account[1]
    wire.__init__()  # type: ignore[misc] # as above
    with undone():
        yield wire
    wire.__init__()  # type: ignore[misc] # as above


@pytest.fixture
def site(_account: tuple[Aws, Wire], wire: Wire) -> Site:
    """A cluster for which nothing is there yet."""
    return Site(_account[0], wire, new_spec("bank"), "run-1")


@pytest.fixture
def finished(quiet: History, wire: Wire) -> Site:
    """A cluster whose VPC is complete, in the hands of a later run."""
    site = quiet.site
    assert site.wire is wire
    return replace(site, run=f"run-{next(_numbers)}", observed=dict(site.observed))


@pytest.fixture
def survivor(hard: History, wire: Wire) -> Site:
    """The VPC made under difficulties, in the hands of a later run."""
    site = hard.site
    assert site.wire is wire
    return replace(site, run=f"run-{next(_numbers)}", observed=dict(site.observed))

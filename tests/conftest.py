"""What every test may rely on: a region, and no way out to a real account."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xdist.remote import Producer
    from xdist.workermanage import WorkerController

SANDBOXES = "tests/sandbox/"
STACKS = "tests/stacks/"
WORKFLOWS = "tests/workflows/"
NIGHTS = f"{SANDBOXES}test_sandbox_nights.py"
DEMO = f"{SANDBOXES}test_sandbox_demo.py"

# Enough to find what is wrong over a few runs, few enough for the unit tests' fifteen seconds.
settings.register_profile("quick", max_examples=10, deadline=None)
settings.load_profile("quick")

os.environ.update(
    AWS_REGION="eu-central-1",
    AWS_DEFAULT_REGION="eu-central-1",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    POWERTOOLS_LOG_LEVEL="CRITICAL",
)
for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "SLIPWAY_URL", "SLIPWAY_STACK"):
    os.environ.pop(name, None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what mostly waits: nights by the clock on the wall, then sandboxes; what is small fills the gaps."""
    first = (NIGHTS, DEMO, SANDBOXES, WORKFLOWS)
    items.sort(key=lambda item: [folder not in item.nodeid for folder in first])


class FromBothEnds(LoadFileScheduling):  # type: ignore[misc] # xdist has no types
    """All tests of a file in one process: half of the processes begin with what waits, half with what works.

    So the processors have something to do while sandboxes wait, and there are fewer sandboxes to start.
    All of the stacks are one file: synthesising takes long to get going.
    """

    def _assign_work_unit(self, node: WorkerController) -> None:
        if self.nodes.index(node) % 2:
            self.workqueue.move_to_end(next(reversed(self.workqueue)), last=False)
        super()._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        return STACKS if nodeid.startswith(STACKS) else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FromBothEnds:
    """Let the processes have files."""
    return FromBothEnds(config, log)


def pytest_collection_finish() -> None:
    """Thousands of collected tests are not garbage: collecting it over and over takes a quarter of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_worked_out_twice() -> Iterator[None]:
    """For all tests at once, as far as any of them has brought moto along."""
    if "moto" not in sys.modules:
        yield
        return
    from tests.quick import remembering  # noqa: PLC0415 -- takes a second that pure tests need not wait

    with remembering():
        yield

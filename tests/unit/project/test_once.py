"""What tests of several processes share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.once import once

if TYPE_CHECKING:
    from pathlib import Path


class Factory:
    """pytest's factory in one of a session's processes."""

    def __init__(self, base: Path) -> None:
        base.mkdir(parents=True)
        self._base = base

    def getbasetemp(self) -> Path:
        return self._base


def test_of_several_processes_one_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    makers = []
    for worker in ("gw0", "gw1"):

        def make(folder: Path, worker: str = worker) -> None:
            makers.append(worker)
            (folder / "by").write_text(worker)

        found = once(Factory(tmp_path / "session" / worker), "thing", make)
        assert (found / "by").read_text() == "gw0"
    assert makers == ["gw0"]


def test_another_session_makes_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    found = {once(Factory(tmp_path / session), "thing", lambda _: None) for session in ("one", "other")}
    assert len(found) == 2


def test_what_fails_is_made_by_the_next(tmp_path: Path) -> None:
    factory = Factory(tmp_path / "session")

    def fail(_: Path) -> None:
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        once(factory, "thing", fail)
    assert once(factory, "thing", lambda folder: (folder / "it").touch()).joinpath("it").exists()

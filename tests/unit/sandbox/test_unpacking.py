from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from sandbox.unpacking import SharingZipFile

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two archives of the same content and one of another."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    files = [tmp_path / f"{number}.zip" for number in range(3)]
    for file, text in zip(files, ("same", "same", "other"), strict=True):
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(zipfile.ZipInfo("package/module.py"), text)
    return files


def test_the_same_content_is_unpacked_once(archives: list[Path], tmp_path: Path) -> None:
    places = []
    for number, file in enumerate(archives):
        place = tmp_path / f"code{number}"
        place.mkdir()
        with SharingZipFile(file) as archive:
            archive.extractall(place)
        places.append(place)
    assert [(place / "package" / "module.py").read_text() for place in places] == ["same", "same", "other"]
    assert places[0].resolve() == places[1].resolve() != places[2].resolve()

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.assembly import AssemblyError, Environment, read_assembly
from sandbox.deploy import zip_folder
from tests.sandbox.small_app import write_assembly

if TYPE_CHECKING:
    from pathlib import Path

HERE = Environment(account="111122223333", region="eu-west-1", partition="aws")


def test_read(tmp_path: Path) -> None:
    write_assembly(tmp_path / "out")
    assembly = read_assembly(tmp_path / "out", HERE)
    bucket = "cdk-small-assets-111122223333-eu-west-1"
    assert {(asset.bucket, asset.key, asset.zipped) for asset in assembly.assets} == {
        (bucket, "template.json", False),
        (bucket, "code.zip", True),
    }
    assert [(stack.name, stack.template_url, stack.tags) for stack in assembly.stacks] == [
        ("small", f"s3://{bucket}/template.json", {"app": "small"})
    ]
    assert assembly.version_parameters == {"/cdk-bootstrap/small/version"}


def _manifest(tmp_path: Path, artifacts: dict[str, Any]) -> Path:
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return tmp_path


def _stack(*dependencies: str) -> dict[str, Any]:
    properties = {"stackTemplateAssetObjectUrl": "s3://b/k"}
    return {"type": "aws:cloudformation:stack", "dependencies": dependencies, "properties": properties}


def test_stacks_come_after_those_they_depend_on(tmp_path: Path) -> None:
    artifacts = {"A": _stack("C"), "B": _stack("A"), "C": _stack()}
    assembly = read_assembly(_manifest(tmp_path, artifacts), HERE)
    assert [stack.name for stack in assembly.stacks] == ["C", "A", "B"]


def test_a_nested_assembly_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match="cdk:cloud-assembly"):
        read_assembly(_manifest(tmp_path, {"Stage": {"type": "cdk:cloud-assembly"}}), HERE)


def test_a_container_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"dockerImages": {"x": {}}}')
    artifacts = {"A": {"type": "cdk:asset-manifest", "properties": {"file": "a.json"}}}
    with pytest.raises(AssemblyError, match="container images"):
        read_assembly(_manifest(tmp_path, artifacts), HERE)


def test_a_zip_depends_on_content_alone(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder, names in zip(folders, (["a.py", "b.py"], ["b.py", "a.py"]), strict=True):
        (folder / "package").mkdir(parents=True)
        for name in names:
            (folder / "package" / name).write_text(name)
    first, second = (zip_folder(folder) for folder in folders)
    assert first == second
    entries = zipfile.ZipFile(io.BytesIO(first)).infolist()
    assert [entry.filename for entry in entries] == ["package/a.py", "package/b.py"]
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}

"""Read a synthesised cloud assembly: which files to publish and which stacks to create, in which order."""

from __future__ import annotations

import graphlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_STACK = "aws:cloudformation:stack"
_ASSETS = "cdk:asset-manifest"
_PASSIVE = frozenset({"cdk:tree", "cdk:feature-flag-report"})


class AssemblyError(Exception):
    """The cloud assembly holds something the sandbox does not deploy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAsset:
    """A file or folder to be published as one S3 object."""

    source: Path
    zipped: bool
    bucket: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One CloudFormation stack as the CDK CLI would create it."""

    name: str
    template_url: str
    parameters: dict[str, str]
    tags: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What stands for `${AWS::AccountId}` and its like in an assembly without a fixed environment."""

    account: str
    region: str
    partition: str

    def fill(self, text: str) -> str:
        """Put this environment in the place of the CDK's placeholders."""
        for name, value in (("AccountId", self.account), ("Region", self.region), ("Partition", self.partition)):
            text = text.replace(f"${{AWS::{name}}}", value)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """A cloud assembly, ready to be deployed in the order of its lists."""

    assets: tuple[FileAsset, ...]
    stacks: tuple[Stack, ...]
    version_parameters: frozenset[str]
    """The SSM parameters in which a bootstrapped environment keeps its version."""


def read_assembly(directory: Path, environment: Environment) -> Assembly:
    """Read `manifest.json` and what it points at.

    Raises:
        AssemblyError: For nested assemblies (stages), container images and other artifacts the sandbox cannot deploy.
    """
    artifacts = json.loads((directory / "manifest.json").read_text())["artifacts"]
    unknown = {kind for one in artifacts.values() if (kind := one["type"]) not in _PASSIVE | {_STACK, _ASSETS}}
    if unknown:
        raise AssemblyError(f"the sandbox cannot deploy artifacts of type {', '.join(sorted(unknown))}")
    order = graphlib.TopologicalSorter({name: one.get("dependencies", ()) for name, one in artifacts.items()})
    ordered = [artifacts[name] | {"id": name} for name in order.static_order()]
    stacks = [one for one in ordered if one["type"] == _STACK]
    manifests = [one["properties"]["file"] for one in ordered if one["type"] == _ASSETS]
    return Assembly(
        assets=tuple(asset for file in manifests for asset in _file_assets(directory, file, environment)),
        stacks=tuple(_stack(one, environment) for one in stacks),
        version_parameters=frozenset(
            name for one in stacks if (name := one["properties"].get("bootstrapStackVersionSsmParameter"))
        ),
    )


def _stack(artifact: dict[str, Any], environment: Environment) -> Stack:
    properties = artifact["properties"]
    return Stack(
        name=properties.get("stackName", artifact["id"]),
        template_url=environment.fill(properties["stackTemplateAssetObjectUrl"]),
        parameters=properties.get("parameters", {}),
        tags=properties.get("tags", {}),
    )


def _file_assets(directory: Path, manifest: str, environment: Environment) -> list[FileAsset]:
    content = json.loads((directory / manifest).read_text())
    if content.get("dockerImages"):
        raise AssemblyError(f"{manifest}: the sandbox does not build container images")
    return [
        FileAsset(
            source=directory / one["source"]["path"],
            zipped=one["source"].get("packaging") == "zip",
            bucket=environment.fill(destination["bucketName"]),
            key=environment.fill(destination["objectKey"]),
        )
        for one in content.get("files", {}).values()
        for destination in one["destinations"].values()
    ]

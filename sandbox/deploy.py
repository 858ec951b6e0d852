"""Deploy a cloud assembly through the AWS APIs, with what `cdk bootstrap` and `cdk deploy` would have made of it."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from sandbox.assembly import AssemblyError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path

    from boto3.session import Session
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.literals import CapabilityType
    from mypy_boto3_s3 import S3Client

    from sandbox.assembly import Assembly, FileAsset, Stack

_BOOTSTRAP_VERSION = "30"
_POLL_SECONDS = 0.1
_CAPABILITIES: Final[tuple[CapabilityType, ...]] = ("CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
_EPOCH = (1980, 1, 1, 0, 0, 0)


class DeploymentError(Exception):
    """A stack was not created; the message names the resource and CloudFormation's reason."""


def deploy(
    session: Session, assembly: Assembly, report: Callable[[str], None], stop: threading.Event
) -> dict[str, dict[str, str]]:
    """Publish every asset and create every stack, one after the other.

    Returns:
        The outputs of each stack by its name.

    Raises:
        DeploymentError: When a stack fails, or `stop` is set meanwhile.
    """
    report("publishing assets")
    _bootstrap(session, assembly)
    s3 = session.client("s3")
    for asset in assembly.assets:
        _publish(s3, asset)
    outputs = {}
    cloudformation = session.client("cloudformation")
    for stack in assembly.stacks:
        report(f"creating stack {stack.name}")
        outputs[stack.name] = _create(cloudformation, stack, _path_style(session, stack.template_url), stop)
    return outputs


def _bootstrap(session: Session, assembly: Assembly) -> None:
    """Make the asset buckets and the version parameters that `cdk bootstrap` leaves in an account."""
    s3, ssm = session.client("s3"), session.client("ssm")
    location = {"LocationConstraint": session.region_name}
    for bucket in {asset.bucket for asset in assembly.assets}:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=location)  # type: ignore[arg-type] # any region
    for name in assembly.version_parameters:
        ssm.put_parameter(Name=name, Value=_BOOTSTRAP_VERSION, Type="String")


def _publish(s3: S3Client, asset: FileAsset) -> None:
    if not asset.source.exists():
        raise AssemblyError(f"{asset.source} is named in the assembly but does not exist")
    body = zip_folder(asset.source) if asset.zipped else asset.source.read_bytes()
    s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=body)


def zip_folder(folder: Path) -> bytes:
    """The folder as a zip archive whose bytes depend on its content alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _EPOCH)
            entry.external_attr = file.stat().st_mode << 16
            archive.writestr(entry, file.read_bytes())
    return buffer.getvalue()


def _path_style(session: Session, template_url: str) -> str:
    """The template's address on the sandbox: the assembly has it as `s3://bucket/key`."""
    endpoint = session.client("s3").meta.endpoint_url
    return f"{endpoint}/{template_url.removeprefix('s3://')}"


def _create(
    cloudformation: CloudFormationClient, stack: Stack, template_url: str, stop: threading.Event
) -> dict[str, str]:
    try:
        cloudformation.create_stack(
            StackName=stack.name,
            TemplateURL=template_url,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in stack.parameters.items()],
            Tags=[{"Key": key, "Value": value} for key, value in stack.tags.items()],
            Capabilities=_CAPABILITIES,
            OnFailure="DO_NOTHING",
        )
    except ClientError as error:
        raise DeploymentError(f"stack {stack.name}: {error}") from error
    return _outputs_when_complete(cloudformation, stack.name, stop)


def _outputs_when_complete(cloudformation: CloudFormationClient, name: str, stop: threading.Event) -> dict[str, str]:
    while True:
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        status = stack["StackStatus"]
        if status == "CREATE_COMPLETE":
            return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        if status != "CREATE_IN_PROGRESS":
            raise DeploymentError(f"stack {name} ended in {status}\n{_failures(cloudformation, name)}")
        if stop.wait(_POLL_SECONDS):
            raise DeploymentError(f"stack {name}: interrupted")


def _failures(cloudformation: CloudFormationClient, name: str) -> str:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    return "\n".join(
        f"  {event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', 'no reason')}"
        for event in reversed(events)
        if event.get("ResourceStatus", "").endswith("_FAILED")
    )

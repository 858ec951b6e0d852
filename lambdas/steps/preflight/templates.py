"""DescribeLaunchTemplateVersions, once for each version of a launch template that the spec names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from lambdas.aws.errors import api_error
from lambdas.domain.preflight.templates import TemplateContent, missing_template, missing_version, template_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_ec2.type_defs import LaunchTemplateVersionTypeDef, ResponseLaunchTemplateDataTypeDef

    from lambdas.aws.clients import Aws
    from lambdas.domain.preflight.sent import Sent
    from lambdas.domain.refusal import FieldError
    from lambdas.domain.spec import ClusterSpec, LaunchTemplate
    from lambdas.steps.preflight.asking import Question

_NO_TEMPLATE: Final = "InvalidLaunchTemplate"
"""How the codes begin that say that the template, or its version, is not there."""

_DEFAULT: Final = "$Default"


def questions(spec: ClusterSpec, _: Sent) -> Iterator[Question]:
    """One for each template and version, with the node groups that share it."""
    shared: dict[LaunchTemplate, list[int]] = {}
    for number, group in enumerate(spec.nodegroups):
        if group.launchTemplate:
            shared.setdefault(group.launchTemplate, []).append(number)
    return (partial(_errors, spec, named, numbers) for named, numbers in shared.items())


def _errors(spec: ClusterSpec, named: LaunchTemplate, numbers: Sequence[int], aws: Aws) -> Iterator[FieldError]:
    try:
        versions = _versions(aws, named)
    except ClientError as error:
        code = api_error(error).code
        if not code.startswith(_NO_TEMPLATE):
            raise
        missing = missing_version if "Version" in code else missing_template
        return (missing(("nodegroups", number), named) for number in numbers)
    if not versions:
        return (missing_version(("nodegroups", number), named) for number in numbers)
    content = _content(versions[0])
    return (
        error
        for number in numbers
        for error in template_errors(spec.nodegroups[number], ("nodegroups", number), content)
    )


def _versions(aws: Aws, named: LaunchTemplate) -> Sequence[LaunchTemplateVersionTypeDef]:
    version = [named.version or _DEFAULT]
    if named.id:
        answer = aws.ec2.describe_launch_template_versions(LaunchTemplateId=named.id, Versions=version)
    else:
        answer = aws.ec2.describe_launch_template_versions(LaunchTemplateName=named.name or "", Versions=version)
    return answer["LaunchTemplateVersions"]


def _content(version: LaunchTemplateVersionTypeDef) -> TemplateContent:
    data = version.get("LaunchTemplateData", {})
    return TemplateContent(
        number=version.get("VersionNumber", 0),
        instance_type=data.get("InstanceType"),
        image=data.get("ImageId"),
        market=data.get("InstanceMarketOptions", {}).get("MarketType", ""),
        reserved=bool(data.get("CapacityReservationSpecification", {}).get("CapacityReservationTarget")),
        forbidden=tuple(_forbidden(data)),
    )


def _forbidden(data: ResponseLaunchTemplateDataTypeDef) -> Iterator[str]:
    if data.get("IamInstanceProfile"):
        yield "IamInstanceProfile"
    if any(interface.get("SubnetId") for interface in data.get("NetworkInterfaces", ())):
        yield "a SubnetId in NetworkInterfaces"
    if data.get("HibernationOptions", {}).get("Configured"):
        yield "HibernationOptions"
    if data.get("InstanceInitiatedShutdownBehavior"):
        yield "InstanceInitiatedShutdownBehavior"

"""Launch templates, against the node groups that name them.

What a template must not say: botocore's documentation of EKS's `LaunchTemplateSpecification`, and
https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html; that CUSTOM may stand beside an image:
rancher/eks-operator#185.
"""

from collections.abc import Iterator

from lambdas.domain.frozen import dataclass
from lambdas.domain.refusal import FieldError, Path
from lambdas.domain.rules.common import wrong
from lambdas.domain.spec import LaunchTemplate, Nodegroup

_CUSTOM = "CUSTOM"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateContent:
    """What matters of one version of a launch template.

    Attributes:
        number: The version's number.
        instance_type: The one instance type that it names, if any.
        image: The machine image that it names, if any.
        market: "spot" or "capacity-block"; empty for on-demand instances.
        reserved: Whether it names a capacity reservation, or a resource group of them.
        forbidden: What it says that EKS does not let a template say, in EC2's names.
    """

    number: int
    instance_type: str | None
    image: str | None
    market: str
    reserved: bool
    forbidden: tuple[str, ...]


def missing_template(path: Path, named: LaunchTemplate) -> FieldError:
    """Answer the refusal of a template that is not there."""
    member, which = ("id", named.id) if named.id else ("name", named.name)
    return wrong(
        (*path, "launchTemplate", member),
        f"There is no launch template {which} in this region.",
        f"Correct the {member}, or leave launchTemplate out and EKS makes one.",
    )


def missing_version(path: Path, named: LaunchTemplate) -> FieldError:
    """Answer the refusal of a version that the template does not have."""
    return wrong(
        (*path, "launchTemplate", "version"),
        f"The launch template {named.id or named.name} has no version {named.version}.",
        "Give a version that it has, as a string, or leave version out for its default.",
    )


def template_errors(group: Nodegroup, path: Path, content: TemplateContent) -> Iterator[FieldError]:
    """Answer where a node group and its template do not go together."""
    yield from _forbidden(path, content)
    yield from _instance_types(group, path, content)
    yield from _image(group, path, content)
    yield from _market(group, path, content)


def _forbidden(path: Path, content: TemplateContent) -> Iterator[FieldError]:
    for name in content.forbidden:
        yield wrong(
            (*path, "launchTemplate"),
            f"Version {content.number} of the launch template has {name}, which EKS decides by itself.",
            f"Make a version of the template without {name}, and name it in launchTemplate.version.",
        )


def _instance_types(group: Nodegroup, path: Path, content: TemplateContent) -> Iterator[FieldError]:
    if group.instanceTypes and content.instance_type:
        yield wrong(
            (*path, "instanceTypes"),
            f"instanceTypes is given, but the launch template names an instance type, too: {content.instance_type}.",
            "Leave instanceTypes out, or take the instance type out of the template.",
        )


def _image(group: Nodegroup, path: Path, content: TemplateContent) -> Iterator[FieldError]:
    if content.image is None:
        if group.amiType == _CUSTOM:
            yield wrong(
                (*path, "amiType"),
                "amiType is CUSTOM, but the launch template names no machine image.",
                "Put an ImageId into the template, or choose one of EKS's images.",
            )
        return
    given = {
        "amiType": group.amiType if group.amiType != _CUSTOM else None,
        "version": group.version,
        "releaseVersion": group.releaseVersion,
        "warmPoolConfig": group.warmPoolConfig,
    }
    for member, value in given.items():
        if value is not None:
            yield wrong(
                (*path, member),
                f"{member} cannot be given, as the launch template names a machine image of its own: {content.image}.",
                f"Leave {member} out, or take the image out of the template.",
            )


def _market(group: Nodegroup, path: Path, content: TemplateContent) -> Iterator[FieldError]:
    if content.market == "spot":
        yield wrong(
            (*path, "launchTemplate"),
            f"Version {content.number} of the launch template asks for Spot instances, which EKS decides by itself.",
            "Take InstanceMarketOptions out of the template, and set capacityType to SPOT.",
        )
    if group.capacityType == "CAPACITY_BLOCK":
        yield from _capacity_block(group, path, content)


def _capacity_block(group: Nodegroup, path: Path, content: TemplateContent) -> Iterator[FieldError]:
    """What the template must say: https://docs.aws.amazon.com/eks/latest/userguide/capacity-blocks-mng.html."""
    if content.market != "capacity-block" or not content.reserved:
        yield wrong(
            (*path, "capacityType"),
            "capacityType is CAPACITY_BLOCK, but the launch template does not ask for a capacity block.",
            "Set InstanceMarketOptions.MarketType to capacity-block in the template, and name the reservation in "
            "CapacityReservationSpecification.CapacityReservationTarget.",
        )
    if not group.instanceTypes and not content.instance_type:
        yield wrong(
            (*path, "instanceTypes"),
            "instanceTypes is missing, and the launch template names no instance type either: EKS would take "
            "t3.medium, which no capacity block is of.",
            "Name the type of the capacity block.",
        )

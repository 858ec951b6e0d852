"""Rules about machine images, instance types and how instances are bought."""

from collections.abc import Iterator

from lambdas.domain.refusal import FieldError, Path
from lambdas.domain.rules.common import wrong
from lambdas.domain.rules.machines import (
    accelerator,
    ami_accelerators,
    ami_architecture,
    architecture,
    default_ami_type,
)
from lambdas.domain.spec import Nodegroup


def one_architecture(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """A node group has one image, and an image one processor architecture."""
    known = {name: kind for name in group.instanceTypes if (kind := architecture(name)) is not None}
    if len(set(known.values())) > 1:
        named = ", ".join(f"{name} ({kind})" for name, kind in known.items())
        yield wrong(
            (*path, "instanceTypes"),
            f"instanceTypes mixes processor architectures: {named}.",
            "Make a node group for each architecture.",
        )


def images_fit_the_processors(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """EKS refuses an instance type of another architecture than the image's."""
    wanted = None if group.amiType is None else ami_architecture(group.amiType)
    for place, name in enumerate(group.instanceTypes):
        kind = architecture(name)
        if wanted is not None and kind is not None and kind != wanted:
            yield wrong(
                (*path, "instanceTypes", place),
                f"instanceTypes names {name}, which is {kind}, but amiType {group.amiType} is {wanted}.",
                _fitting_image(group),
            )


def images_fit_the_accelerators(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """An image with drivers needs the hardware; the other way round, drivers may be installed by hand."""
    wanted = ami_accelerators(group.amiType or "")
    for place, name in enumerate(group.instanceTypes):
        if wanted and architecture(name) is not None and accelerator(name) not in wanted:
            yield wrong(
                (*path, "instanceTypes", place),
                f"instanceTypes names {name}, which has no accelerator that amiType {group.amiType} is made for.",
                _fitting_image(group),
            )


def _fitting_image(group: Nodegroup) -> str:
    fitting = default_ami_type(group.instanceTypes)
    return f"Set amiType to {fitting}, or leave it out." if fitting else "Choose another amiType or instance type."


def image_can_be_derived(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """With and without accelerators in one group nobody can say which image is meant."""
    kinds = {accelerator(name) for name in group.instanceTypes}
    if len(kinds) > 1 and group.amiType is None and group.launchTemplate is None:
        yield wrong(
            (*path, "amiType"),
            "amiType is missing, and instanceTypes mixes types with and without accelerators, so it cannot be derived.",
            "Set amiType, or make a node group for each kind.",
        )


def accelerated_images_name_their_machines(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """The default instance type has no accelerator."""
    if ami_accelerators(group.amiType or "") and not group.instanceTypes and group.launchTemplate is None:
        yield wrong(
            (*path, "instanceTypes"),
            f"instanceTypes is missing, but amiType {group.amiType} is for machines with an accelerator.",
            "Name the instance types, for example instanceTypes: [g6.xlarge].",
        )


def custom_images_need_a_template(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """Only a launch template can name an image."""
    if group.amiType == "CUSTOM" and group.launchTemplate is None:
        yield wrong(
            (*path, "amiType"),
            "amiType is CUSTOM, but there is no launchTemplate that names the image.",
            "Add launchTemplate, or choose one of EKS's images.",
        )


def custom_images_have_no_version(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """EKS does not know what is in an image of the user's."""
    for member, value in {"version": group.version, "releaseVersion": group.releaseVersion}.items():
        if group.amiType == "CUSTOM" and value is not None:
            yield wrong(
                (*path, member),
                f"{member} cannot be given when amiType is CUSTOM: the launch template's image decides.",
                f"Leave {member} out.",
            )


def capacity_blocks_need_a_template(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """The launch template is what names the capacity reservation."""
    if group.capacityType == "CAPACITY_BLOCK" and group.launchTemplate is None:
        yield wrong(
            (*path, "capacityType"),
            "capacityType is CAPACITY_BLOCK, but there is no launchTemplate that names the capacity reservation.",
            "Add a launchTemplate whose MarketType is capacity-block.",
        )
    if group.capacityType == "CAPACITY_BLOCK" and len(group.instanceTypes) > 1:
        yield wrong(
            (*path, "instanceTypes"),
            "instanceTypes names several types, but a capacity block is of one.",
            "Name the type of the capacity block only, or leave instanceTypes to the launch template.",
        )


def warm_pools_fit_the_image(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """Warm pools take EKS's images only, and Bottlerocket not in every way."""
    pool = group.warmPoolConfig
    if pool is None or group.amiType is None:
        return
    if group.amiType == "CUSTOM":
        yield wrong(
            (*path, "warmPoolConfig"),
            "warmPoolConfig cannot be given when amiType is CUSTOM.",
            "Leave warmPoolConfig out, or choose one of EKS's images.",
        )
    if group.amiType.startswith("BOTTLEROCKET") and pool.poolState == "HIBERNATED":
        yield wrong(
            (*path, "warmPoolConfig", "poolState"),
            "poolState HIBERNATED is not possible with Bottlerocket.",
            "Set poolState to STOPPED or RUNNING.",
        )
    if group.amiType.startswith("BOTTLEROCKET") and pool.reuseOnScaleIn:
        yield wrong(
            (*path, "warmPoolConfig", "reuseOnScaleIn"),
            "reuseOnScaleIn is not possible with Bottlerocket.",
            "Leave reuseOnScaleIn out.",
        )


IMAGE_RULES = (
    one_architecture,
    images_fit_the_processors,
    images_fit_the_accelerators,
    image_can_be_derived,
    accelerated_images_name_their_machines,
    custom_images_need_a_template,
    custom_images_have_no_version,
    capacity_blocks_need_a_template,
    warm_pools_fit_the_image,
)

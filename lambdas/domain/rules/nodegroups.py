"""Rules about node groups: sizes, names and what excludes what."""

from collections.abc import Callable, Iterator

from lambdas.domain.refusal import FieldError, Path
from lambdas.domain.rules.common import repeated, twice, wrong
from lambdas.domain.rules.images import IMAGE_RULES
from lambdas.domain.spec import ClusterSpec, Nodegroup

RESERVED_LABEL_DOMAINS = ("kubernetes.io", "k8s.io", "eks.amazonaws.com")


def each_group_once(spec: ClusterSpec) -> Iterator[FieldError]:
    """EKS knows one node group of a name in a cluster."""
    yield from twice(("nodegroups",), [group.nodegroupName for group in spec.nodegroups], "nodegroupName")


def sizes_in_order(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """EKS refuses anything but minSize <= desiredSize <= maxSize."""
    sizes = group.scalingConfig
    if sizes.minSize > sizes.maxSize:
        yield wrong(
            (*path, "scalingConfig", "minSize"),
            f"minSize {sizes.minSize} is above maxSize {sizes.maxSize}.",
            "Lower minSize or raise maxSize.",
        )
    elif not sizes.minSize <= sizes.desiredSize <= sizes.maxSize:
        yield wrong(
            (*path, "scalingConfig", "desiredSize"),
            f"desiredSize {sizes.desiredSize} is not between minSize {sizes.minSize} and maxSize {sizes.maxSize}.",
            f"Choose a desiredSize from {sizes.minSize} to {sizes.maxSize}.",
        )


def one_limit_for_updates(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """EKS wants a number or a percentage."""
    config = group.updateConfig
    if (config.maxUnavailable is None) == (config.maxUnavailablePercentage is None):
        yield wrong(
            (*path, "updateConfig"),
            "updateConfig must have exactly one of maxUnavailable and maxUnavailablePercentage.",
            "Give one of them, for example maxUnavailable: 1.",
        )


def one_limit_for_repairs(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """EKS takes each limit as a count or as a percentage."""
    config = group.nodeRepairConfig
    pairs = (
        (
            "maxUnhealthyNodeThresholdCount",
            config.maxUnhealthyNodeThresholdCount,
            config.maxUnhealthyNodeThresholdPercentage,
        ),
        (
            "maxParallelNodesRepairedCount",
            config.maxParallelNodesRepairedCount,
            config.maxParallelNodesRepairedPercentage,
        ),
    )
    for member, count, percentage in pairs:
        if count is not None and percentage is not None:
            other = member.replace("Count", "Percentage")
            yield wrong(
                (*path, "nodeRepairConfig", member),
                f"{member} and {other} are both given.",
                f"Leave {member} or {other} out.",
            )


def launch_template_has_one_name(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """EKS wants the id or the name."""
    template = group.launchTemplate
    if template is not None and (template.id is None) == (template.name is None):
        yield wrong(
            (*path, "launchTemplate"),
            "launchTemplate must have exactly one of id and name.",
            "Give the id; it does not change when the template is renamed or made anew.",
        )


def launch_template_says_it_all(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """EKS refuses beside a launch template what the template itself says."""
    if group.launchTemplate is None:
        return
    given = {"diskSize": group.diskSize, "remoteAccess": group.remoteAccess}
    for member, value in given.items():
        if value is not None:
            yield wrong(
                (*path, member),
                f"{member} cannot be given together with launchTemplate.",
                f"Say it in the launch template and leave {member} out.",
            )


def labels_are_free(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """EKS refuses labels of the domains that belong to Kubernetes and to itself."""
    for key in group.labels:
        domain = key.rpartition("/")[0]
        if any(domain == name or domain.endswith(f".{name}") for name in RESERVED_LABEL_DOMAINS):
            yield wrong(
                (*path, "labels", key),
                f"labels has the key {key!r}, whose domain EKS reserves.",
                f"Use a domain of your own, for example bank.example/{key.rpartition('/')[2]}.",
            )


def each_taint_once(group: Nodegroup, path: Path) -> Iterator[FieldError]:
    """Kubernetes knows one taint of a key and an effect."""
    taints = [(taint.key, taint.effect) for taint in group.taints]
    for place in repeated(taints):
        key, effect = taints[place]
        yield wrong(
            (*path, "taints", place),
            f"taints has the key {key!r} with the effect {effect} twice.",
            "Keep one of them, or give them different effects.",
        )


NodegroupRule = Callable[[Nodegroup, Path], Iterator[FieldError]]

SINGLE_GROUP_RULES: tuple[NodegroupRule, ...] = (
    sizes_in_order,
    one_limit_for_updates,
    one_limit_for_repairs,
    launch_template_has_one_name,
    launch_template_says_it_all,
    labels_are_free,
    each_taint_once,
    *IMAGE_RULES,
)


def each_group_by_itself(spec: ClusterSpec) -> Iterator[FieldError]:
    """Apply every rule about a single node group to every one."""
    for place, group in enumerate(spec.nodegroups):
        for rule in SINGLE_GROUP_RULES:
            yield from rule(group, ("nodegroups", place))


def no_windows_on_ipv6(spec: ClusterSpec) -> Iterator[FieldError]:
    """EKS runs Windows nodes on IPv4 clusters only."""
    if spec.kubernetesNetworkConfig.ipFamily != "ipv6":
        return
    for place, group in enumerate(spec.nodegroups):
        if (group.amiType or "").startswith("WINDOWS"):
            yield wrong(
                ("nodegroups", place, "amiType"),
                f"amiType {group.amiType} is Windows, which cannot be on a cluster whose ipFamily is ipv6.",
                "Choose a Linux image, or set kubernetesNetworkConfig.ipFamily to ipv4.",
            )


NODEGROUP_RULES = (each_group_once, each_group_by_itself, no_windows_on_ipv6)

"""Rules about Kubernetes versions."""

from collections.abc import Iterator

from lambdas.domain.refusal import FieldError
from lambdas.domain.rules.common import wrong
from lambdas.domain.spec import ClusterSpec

# EKS publishes no Amazon Linux 2 images above this minor version.
LAST_AL2_MINOR = 32
# The kubelet may be this many minor versions behind the API server (since Kubernetes 1.28), and never ahead.
KUBELET_SKEW = 3


def minor(version: str) -> int:
    """Answer the minor number of a version: 35 for "1.35"."""
    return int(version.split(".")[1])


def nodes_follow_the_cluster(spec: ClusterSpec) -> Iterator[FieldError]:
    """Nodes are never newer than the control plane, nor more than three minors older."""
    if spec.version is None:
        return
    newest = minor(spec.version)
    for place, group in enumerate(spec.nodegroups):
        if group.version is not None and not newest - KUBELET_SKEW <= minor(group.version) <= newest:
            yield wrong(
                ("nodegroups", place, "version"),
                f"version {group.version} does not go with a cluster of version {spec.version}.",
                f"Choose a version from 1.{newest - KUBELET_SKEW} to {spec.version}, or leave it out.",
            )


def releases_are_of_the_version(spec: ClusterSpec) -> Iterator[FieldError]:
    """The release of an Amazon Linux image begins with the Kubernetes version it is for."""
    for place, group in enumerate(spec.nodegroups):
        version = group.version or spec.version
        amazon_linux = (group.amiType or "AL2023").startswith("AL2")
        release = group.releaseVersion
        if amazon_linux and version and release and not release.startswith((f"{version}.", f"{version}-")):
            yield wrong(
                ("nodegroups", place, "releaseVersion"),
                f"releaseVersion {release!r} is not for Kubernetes {version}.",
                f"Choose a release that begins with {version}, or leave it out for the newest.",
            )


def old_images_only_on_old_versions(spec: ClusterSpec) -> Iterator[FieldError]:
    """Without a version the newest is meant, for which there is no Amazon Linux 2."""
    for place, group in enumerate(spec.nodegroups):
        version = group.version or spec.version
        al2 = group.amiType is not None and group.amiType.startswith("AL2_")
        if al2 and (version is None or minor(version) > LAST_AL2_MINOR):
            yield wrong(
                ("nodegroups", place, "amiType"),
                f"amiType {group.amiType} is Amazon Linux 2, which EKS has no images of above Kubernetes 1.32.",
                "Choose the AL2023 image of the same kind, or leave amiType out.",
            )


VERSION_RULES = (nodes_follow_the_cluster, releases_are_of_the_version, old_images_only_on_old_versions)

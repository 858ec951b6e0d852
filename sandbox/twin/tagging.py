"""Tags of everything that has an EKS ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.twin.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.twin.core import Call, Core, Handler
    from sandbox.twin.wire import Json

MOST_TAGS = 50


def tagged(core: Core) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the ARN and the tags of everything that can carry tags."""
    for cluster in core.clusters.values():
        yield cluster.arn, cluster.tags
        for nodegroup in cluster.nodegroups.values():
            yield nodegroup.arn, nodegroup.tags
        for profile in cluster.fargate_profiles.values():
            yield profile.arn, profile.tags
        for addon in cluster.addons.values():
            yield addon.arn, addon.tags
        for entry in cluster.access_entries.values():
            yield entry.arn, entry.tags
        for association in cluster.associations.values():
            yield association.arn, association.tags


def _tags(core: Core, arn: str) -> dict[str, str]:
    if not arn.startswith(core.scope.eks("")):
        raise Refusal("BadRequestException", f"Invalid resource ARN: {arn}")
    for known, tags in tagged(core):
        if known == arn:
            return tags
    raise Refusal("NotFoundException", f"Resource was not found: {arn}")


def tag(core: Core, call: Call) -> Json:
    """Answer TagResource, which a running update does not hinder."""
    tags = _tags(core, call.params["resourceArn"])
    wanted = call.params["tags"]
    if any(key.lower().startswith("aws:") for key in wanted):
        raise Refusal("BadRequestException", "Tag keys must not start with aws:")
    if len({**tags, **wanted}) > MOST_TAGS:
        raise Refusal("BadRequestException", f"A resource can have at most {MOST_TAGS} tags")
    tags.update(wanted)
    return {}


def untag(core: Core, call: Call) -> Json:
    """Answer UntagResource."""
    tags = _tags(core, call.params["resourceArn"])
    for key in call.params["tagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags(core: Core, call: Call) -> Json:
    """Answer ListTagsForResource."""
    return {"tags": dict(_tags(core, call.params["resourceArn"]))}


OPERATIONS: dict[str, Handler] = {
    "ListTagsForResource": list_tags,
    "TagResource": tag,
    "UntagResource": untag,
}

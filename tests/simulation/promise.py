"""What must be there after what users have asked for, read off their words and their spec.

It says less than a portrait, but holds whatever Slipway does: what has become of the same requests in peace would share
an error with what has become of them in trouble.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.simulation.workflows import NAME, SIZES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lambdas.domain.spec import ClusterSpec, Nodegroup
    from tests.simulation.portrait import Things

    Json = Any

_ADDONS: Final = frozenset({"coredns", "kube-proxy", "vpc-cni"})
"""What every cluster has."""

_RESIZED: Final = "services"


@dataclass(frozen=True, slots=True)
class Promise:
    """The words of what was asked for, in this order, and the spec that was sent last."""

    said: Sequence[str]
    spec: ClusterSpec

    def broken(self, things: Things) -> list[str]:
        """What of the promise is not kept by the cluster's things."""
        if not self._words:
            return [f"promise: {' '.join(key[1:])} is left" for key in sorted(things)]
        return [f"promise: {line}" for line in self._lines(things)]

    @property
    def _words(self) -> list[str]:
        """Since it was deleted last."""
        words = [said.partition(" ")[0] for said in self.said]
        return words[len(words) - words[::-1].index("delete") :] if "delete" in words else words

    @property
    def _is_asleep(self) -> bool:
        nights = [word for word in self._words if word in {"sleep", "wake"}]
        return nights[-1:] == ["sleep"]

    def _lines(self, things: Things) -> Iterator[str]:
        cluster = things.get((NAME, "cluster", NAME), {})
        if (cluster.get("status"), cluster.get("version")) != ("ACTIVE", self.spec.version):
            yield f"the cluster is {cluster.get('status')} in version {cluster.get('version')}"
        if cluster.get("tags", {}).keys() < self.spec.tags.keys():
            yield f"the cluster's tags are {cluster['tags']}"
        names = {name for _, kind, name in things if kind == "nodegroups"}
        if names != {group.nodegroupName for group in self.spec.nodegroups}:
            yield f"its node groups are {sorted(names)}"
        missing = _ADDONS - {name for _, kind, name in things if kind == "addons"}
        if missing:
            yield f"it has no {sorted(missing)}"
        for group in self.spec.nodegroups:
            yield from self._sizes(things, group)

    def _sizes(self, things: Things, group: Nodegroup) -> Iterator[str]:
        """By night no nodes, by day those of the spec or those asked for since; after another spec nobody knows."""
        name = group.nodegroupName
        there: Json = things.get((NAME, "nodegroups", name), {}).get("scalingConfig", {})
        running = things.get((NAME, "group", name), {}).get("instances", [])
        if running != ["InService"] * there.get("desiredSize", 0):
            yield f"{name} is to have {there.get('desiredSize')} nodes and has {running}"
        if self._is_asleep:
            if (there.get("minSize"), there.get("desiredSize")) != (0, 0):
                yield f"{name} is awake: {there}"
            return
        resized = "resize" in self._words and name == _RESIZED
        if resized and {"update", "upgrade"} & set(self._words):
            return
        wanted = asdict(SIZES if resized else group.scalingConfig)
        if any(there.get(size) != number for size, number in wanted.items()):
            yield f"{name} has {there} and is to have {wanted}"

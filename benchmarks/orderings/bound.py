"""How fast a cluster can be made at all with given latencies, whoever makes it and however often they look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.provisioning.cluster import NEED_NODES, NETWORK_PLUGIN, NODE_FREE

if TYPE_CHECKING:
    from benchmarks.provisioning.draw import Draw


def control_plane(draw: Draw) -> float:
    """When the control plane is there: nothing else can begin earlier, but for roles."""
    return draw.role + draw.propagation + draw.cluster


def furnishing(draw: Draw) -> float:
    """How long it takes from then on, if every add-on that needs nodes begins with the first node that is ready."""
    network = draw.addons[NETWORK_PLUGIN]
    first_node = max(min(draw.nodegroups), network)
    last_group = max(*draw.nodegroups, network)
    return max(last_group, first_node + draw.slowest(*NEED_NODES), draw.slowest(*NODE_FREE))


def lower_bound(draw: Draw) -> float:
    """Nothing waits for anything that it does not need."""
    return control_plane(draw) + furnishing(draw)


def bound_by_stages(draw: Draw) -> float:
    """The same if add-ons that need nodes wait for the last node group: what other tools' orders can reach at best."""
    last_group = max(*draw.nodegroups, draw.addons[NETWORK_PLUGIN])
    return control_plane(draw) + max(last_group + draw.slowest(*NEED_NODES), draw.slowest(*NODE_FREE))

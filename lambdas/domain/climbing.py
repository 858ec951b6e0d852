"""Whether a cluster is still on its way up the version ladder."""

import json
from typing import TYPE_CHECKING

from lambdas.domain.paths import CLUSTER
from lambdas.domain.planner import ladder

if TYPE_CHECKING:
    from lambdas.domain.records import ClusterRecord


def climbs(record: "ClusterRecord") -> bool:
    """Whether the control plane, by the facts of the last look, has rungs before it."""
    facts = record.observed.get(CLUSTER)
    present = facts.get("version") if isinstance(facts, dict) else None
    wanted = json.loads(record.spec).get("version")
    return bool(wanted and present and ladder.rungs(present, wanted))

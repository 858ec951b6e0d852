"""The sizes that node groups have by day, as far as the registry knows them."""

import json
from collections.abc import Iterator, Mapping

import msgspec

from lambdas.domain.paths import SIZES
from lambdas.domain.records import ClusterRecord, Sizes
from lambdas.domain.sizes import Memory


def sizes_by_day(record: ClusterRecord) -> dict[str, Sizes]:
    """The sizes of every node group of the spec when it is awake next, by name."""
    # What the owner asked for last: what somebody else made of it is none of these.
    asked = {name: memory.asked for name, memory in memories(record) if memory.asked}
    return {**_specified(record), **asked, **sizes_to_come(record)}


def sizes_to_come(record: ClusterRecord) -> dict[str, Sizes]:
    """The sizes that node groups get back or are to get, by name: those asked for win over those remembered."""
    remembered = {name: memory.remembered for name, memory in memories(record)}
    return {**{name: sizes for name, sizes in remembered.items() if sizes}, **record.resize}


def memories(record: ClusterRecord) -> Iterator[tuple[str, Memory]]:
    """What runs have noted of the sizes of each node group."""
    return ((name, Memory.of(facts)) for name, facts in sized(record))


def sized(record: ClusterRecord) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The facts that looks at sizes have left, by node group."""
    for resource, facts in sorted(record.observed.items()):
        if resource.startswith(SIZES) and isinstance(facts, dict):
            yield resource.removeprefix(SIZES), facts


def _specified(record: ClusterRecord) -> dict[str, Sizes]:
    groups = json.loads(record.spec).get("nodegroups") or ()
    return {group["nodegroupName"]: msgspec.convert(group["scalingConfig"], Sizes) for group in groups}

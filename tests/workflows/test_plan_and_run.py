"""A plan names what the run then does, resource by resource: nothing more, nothing less, and in an order that fits."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.domain.paths import ADDONS, CLUSTER, NODEGROUPS, entry_path
from lambdas.domain.spec import AccessEntry
from tests.house import house
from tests.workflows.attempts import RESOURCES
from tests.workflows.changing import NAME, Ground, member
from tests.workflows.test_updates import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lambdas.domain.progress import Action
    from tests.house import House
    from tests.wire import Call

    Act = tuple[str, str]
    Told = dict[str, tuple[list[Act], list[Act]]]

VERBS = {
    "AttachRolePolicy": "attach",
    "TagResource": "update",
    "UntagResource": "update",
    "AssociateAccessPolicy": "associate",
    "DisassociateAccessPolicy": "delete",
    "AssociateEncryptionConfig": "update",
}
"""What plans call these calls; the others begin with their verbs."""

TOGETHER = [name for name in ROWS if name != "sizes"]
"""Sizes are another run's."""


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    """What was planned and what was done: at the creation, at every change together, and at a replacement."""
    with house() as home:
        ground = Ground.of(home)
        plan = planned(home.plan(ground.spec))
        ground.build()
        seen = {"creation": (plan, done(home, {}))}
        for name in TOGETHER:
            ROWS[name].edit(ground.wanted, ground)
        seen["changes"] = compared(ground)
        member(ground.wanted["nodegroups"], "machines").update(instanceTypes=["m7i.xlarge"])
        seen["replacement"] = compared(ground, f"{NODEGROUPS}machines")
        yield seen


def compared(ground: Ground, *replaceable: str) -> tuple[list[Act], list[Act]]:
    home, spec = ground.home, ground.spec
    record, reviewer = home.around.registry.cluster(NAME), home.intake.reviewer
    plan, pods = reviewer.plan(reviewer.vetted(spec, record=record), record, frozenset(replaceable)), _pods(home)
    home.wire.forget()
    ground.put(spec, *replaceable)
    return planned(plan), done(home, pods)


def planned(actions: Iterable[Action]) -> list[Act]:
    """What is to happen to what. What is replaced goes and comes; a policy is associated, anew or otherwise."""
    acts: list[Act] = []
    for it in actions:
        if it.verb == "replace":
            acts += [("delete", it.resource), ("create", it.resource)]
        elif it.verb in {"create", "update"} and "/AmazonEKS" in it.resource:
            acts.append(("associate", it.resource))
        else:
            acts.append((it.verb, it.resource))
    return acts


def done(home: House, pods: dict[str, str]) -> list[Act]:
    """What has happened to what since the wire last forgot. ``pods`` are the associations by their ids."""
    calls = [call for call in home.wire.changed if call.name.partition(":")[0] in RESOURCES]
    return [_act(call, pods) for call in calls]


def _pods(home: House) -> dict[str, str]:
    listed = home.around.aws.eks.list_pod_identity_associations(clusterName=NAME)["associations"]
    return {it["associationId"]: f"podidentity/{it['namespace']}/{it['serviceAccount']}" for it in listed}


def _act(call: Call, pods: dict[str, str]) -> Act:
    operation = call.name.partition(":")[2]
    verb = VERBS.get(operation) or next(it for it in ("create", "update", "delete") if operation.lower().startswith(it))
    return verb, _resource(json.loads(call.content), pods)


def _resource(said: dict[str, Any], pods: dict[str, str]) -> str:
    if "RoleName" in said:
        role = f"roles/{said['RoleName'].removeprefix(f'slipway-{NAME}-')}"
        return f"{role}/{said['PolicyArn'].rpartition('/')[2]}" if "PolicyArn" in said else role
    if "principalArn" in said:
        entry = entry_path(AccessEntry(principalArn=said["principalArn"]))
        return f"{entry}/{said['policyArn'].rpartition('/')[2]}" if "policyArn" in said else entry
    if "serviceAccount" in said:
        return f"podidentity/{said['namespace']}/{said['serviceAccount']}"
    if "associationId" in said:
        return pods[said["associationId"]]
    if "resourceArn" in said:
        kind, _, name, *_ = [*str(said["resourceArn"]).rpartition(":")[2].split("/"), ""]
        return {"cluster": CLUSTER, "addon": ADDONS + name, "nodegroup": NODEGROUPS + name}[kind]
    if "nodegroupName" in said:
        return f"{NODEGROUPS}{said['nodegroupName']}"
    return f"{ADDONS}{said['addonName']}" if "addonName" in said else CLUSTER


@pytest.fixture(params=["creation", "changes", "replacement"])
def occasion(told: Told, request: pytest.FixtureRequest) -> tuple[list[Act], list[Act]]:
    return told[str(request.param)]


def test_a_run_does_what_its_plan_names(occasion: tuple[list[Act], list[Act]]) -> None:
    plan, run = occasion
    assert Counter(run) == Counter(plan)


def test_what_happens_to_one_thing_happens_in_the_order_of_the_plan(occasion: tuple[list[Act], list[Act]]) -> None:
    plan, run = occasion
    assert _of_each(run) == _of_each(plan)


def test_the_control_plane_comes_first_and_what_goes_comes_last(occasion: tuple[list[Act], list[Act]]) -> None:
    """In the plan as in the run, but for what makes way for its like, and the roles of nodes."""
    for acts in occasion:
        shared = [resource == CLUSTER for _, resource in acts if not resource.startswith("roles/")]
        assert shared == sorted(shared, reverse=True)
        for kind in ("access/", "podidentity/", ADDONS, NODEGROUPS):
            going = [verb == "delete" for verb, resource in acts if resource.startswith(kind)]
            assert going in (sorted(going), [True, False])


def _of_each(acts: list[Act]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for verb, resource in acts:
        found.setdefault(resource, []).append(verb)
    return found

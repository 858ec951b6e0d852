"""The life of clusters through HTTP: changed, replaced, upgraded, repaired and refused. Durations are twin figures."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.lives import alter, at_rest, call, changed, fault, insist, succeeded, view
from tests.sandbox.lives_specs import (
    AFTER,
    CHANGED,
    CLIMBER,
    DEPRECATED,
    HURRIED,
    LIVED,
    OPERATORS,
    UNDONE,
    VIEW_POLICY,
    Ground,
    member,
    turned,
)
from tests.sandbox.replay import assert_simulated_alike

if TYPE_CHECKING:
    from tests.sandbox.conftest import Json, RunningSandbox
    from tests.sandbox.lives import View

Answer = tuple[int, "Json"]


DRIFTED = {
    ("cluster", "resourcesVpcConfig.publicAccessCidrs"),
    ("access/role/platform/operators/AmazonEKSViewPolicy", ""),
    ("nodegroups/services", "labels.tier"),
}


def older(spec: Json) -> None:
    """The version before, and nothing that would not fit it."""
    spec["version"] = "1.34"
    member(spec["nodegroups"], "late").pop("releaseVersion")


BAD = {
    "a version below": ("/version", older),
    "one subnet": ("/resourcesVpcConfig/subnetIds", lambda spec: spec["resourcesVpcConfig"]["subnetIds"].pop()),
    "no subnets": ("/resourcesVpcConfig", lambda spec: spec["resourcesVpcConfig"].pop("subnetIds")),
    "other services": (
        "/kubernetesNetworkConfig/serviceIpv4Cidr",
        lambda spec: spec.update(kubernetesNetworkConfig={"serviceIpv4Cidr": "172.31.0.0/16"}),
    ),
    "other machines": (
        "/nodegroups/3/instanceTypes",
        lambda spec: member(spec["nodegroups"], "machines").update(instanceTypes=["c7i.large"]),
    ),
    "another name": ("/name", lambda spec: spec.update(name="other")),
}
"""What no run can bring about: where the problem points to, and the spec's change."""


@dataclass
class Life:
    """What was there and what the door said, from one moment to the next."""

    made: View = field(default_factory=dict)
    updated: View = field(default_factory=dict)
    replaced: View = field(default_factory=dict)
    repaired: View = field(default_factory=dict)
    refused: View = field(default_factory=dict)
    plans: list[Json] = field(default_factory=list)
    again: list[Answer] = field(default_factory=list)
    unwilling: Answer = (0, None)
    willing: Json = None
    found: Json = None
    mended: Json = None
    problems: dict[str, Answer] = field(default_factory=dict)
    protected: Answer = (0, None)


@dataclass
class Town:
    """Four clusters that live side by side, when all is done."""

    ground: Ground
    life: Life
    forbidden: Answer
    climbed: Json
    answers: list[Json]
    hurried: View
    undone: Json


@pytest.fixture(scope="module")
def town(sandbox: RunningSandbox) -> Town:
    """Make all, then change each while the others change."""
    ground, life = Ground.of(sandbox), Life()
    with fault(sandbox, rule="force", resource="cluster", status="FAILED", cluster=UNDONE["name"]):
        made = [call(sandbox, "POST", "/clusters", spec) for spec in (ground.spec(LIVED), CLIMBER, HURRIED)]
        undone = call(sandbox, "POST", "/clusters", UNDONE)
        for answer in made:
            succeeded(sandbox, answer)
    with fault(sandbox, rule="advise", name=DEPRECATED, status="ERROR", version="1.35", reason="-", cluster="climber"):
        forbidden = sandbox.call_api("PUT", "/clusters/climber", {**CLIMBER, "version": "1.35"})
        wanted = {**CLIMBER, "version": "1.35", "ignoredInsights": [DEPRECATED]}
        climbing = call(sandbox, "PUT", "/clusters/climber", wanted)
        answers = hurry(sandbox)
        live(sandbox, ground, life)
        refuse(sandbox, ground, life)
        climbed = succeeded(sandbox, climbing)
    succeeded(sandbox, max(answers, key=lambda it: it["cluster"]["generation"]))
    return Town(
        ground=ground,
        life=life,
        forbidden=forbidden,
        climbed=climbed,
        answers=answers,
        hurried=view(sandbox, "hurried"),
        undone=at_rest(sandbox, UNDONE["name"], undone["run"]["id"]),
    )


def hurry(sandbox: RunningSandbox) -> list[Json]:
    """Three people want ten things of a cluster, one upon the other, while an update of it takes its time."""
    with fault(sandbox, rule="stretch", latency="cluster_config_update", factor=30), ThreadPoolExecutor(3) as crowd:
        return list(crowd.map(lambda turn: insist(sandbox, "PUT", "/clusters/hurried", turned(turn)), range(10)))


def live(sandbox: RunningSandbox, ground: Ground, life: Life) -> None:
    """One cluster is changed, has a node group replaced, and is changed behind our back."""
    life.made = view(sandbox, "lived")
    life.updated = put(sandbox, life, ground.spec(CHANGED))
    other = deepcopy(CHANGED)
    member(other["nodegroups"], "machines")["instanceTypes"] = ["m7i.xlarge"]
    life.unwilling = sandbox.call_api("PUT", "/clusters/lived", ground.spec(other))
    life.willing = call(sandbox, "POST", "/plan?replace=nodegroups/machines", ground.spec(other))
    life.replaced = put(sandbox, life, ground.spec(other), "?replace=nodegroups/machines")
    meddle(sandbox)
    call(sandbox, "POST", "/clusters/lived/drift")
    (look,) = (
        it["FunctionName"]
        for it in sandbox.client("lambda").list_functions()["Functions"]
        if it["Handler"] == "lambdas.handlers.drift.handler"
    )
    sandbox.client("lambda").invoke(FunctionName=look)
    last = sandbox.call_api("GET", "/clusters/lived")[1]["run"]["id"]
    life.mended = at_rest(sandbox, "lived", last)
    life.repaired = view(sandbox, "lived")


def put(sandbox: RunningSandbox, life: Life, spec: Json, asked: str = "") -> View:
    """Change it; what there is afterwards, what is still to be done, and what the same again is answered."""
    succeeded(sandbox, call(sandbox, "PUT", f"/clusters/lived{asked}", spec))
    life.plans.append(call(sandbox, "POST", "/clusters/lived/plan"))
    life.again.append(sandbox.call_api("PUT", "/clusters/lived", spec))
    return view(sandbox, "lived")


def meddle(sandbox: RunningSandbox) -> None:
    """Somebody changes what is Slipway's to keep, and an autoscaler what is not."""
    named = {"clusterName": "lived"}
    alter(sandbox, "AlterCluster", named, resourcesVpcConfig={"publicAccessCidrs": ["0.0.0.0/0"]})
    alter(sandbox, "AlterNodegroup", {**named, "nodegroupName": "services"}, labels={"tier": "theirs"})
    eks = sandbox.client("eks")
    eks.disassociate_access_policy(clusterName="lived", principalArn=OPERATORS, policyArn=VIEW_POLICY)
    group = eks.describe_nodegroup(clusterName="lived", nodegroupName="services")["nodegroup"]["resources"]
    name = group["autoScalingGroups"][0]["name"]
    sandbox.client("autoscaling").set_desired_capacity(AutoScalingGroupName=name, DesiredCapacity=3)


def refuse(sandbox: RunningSandbox, ground: Ground, life: Life) -> None:
    """Ask for what cannot be."""
    for name, (_, edit) in BAD.items():
        spec = deepcopy(ground.spec(CHANGED))
        member(spec["nodegroups"], "machines")["instanceTypes"] = ["m7i.xlarge"]
        edit(spec)
        life.problems[name] = sandbox.call_api("PUT", "/clusters/lived", spec)
    life.protected = sandbox.call_api("DELETE", "/clusters/lived")
    life.refused = view(sandbox, "lived")


def test_what_a_spec_changes_takes_effect_and_nothing_else(town: Town) -> None:
    found = changed(town.life.made, town.life.updated)
    expected = {**AFTER, **town.ground.after}
    assert found == expected


def test_nothing_is_left_to_do_and_the_same_again_is_no_run(town: Town) -> None:
    assert [plan["actions"] for plan in town.life.plans] == [[], []]
    assert [status for status, _ in town.life.again] == [200, 200]
    assert [answer["run"]["status"] for _, answer in town.life.again] == ["SUCCEEDED", "SUCCEEDED"]


def test_what_cannot_change_is_replaced_only_when_that_is_asked_for(town: Town) -> None:
    status, problem = town.life.unwilling
    assert (status, [it["pointer"] for it in problem["errors"]]) == (422, ["/nodegroups/3/instanceTypes"])
    assert [(it["verb"], it["resource"]) for it in town.life.willing["actions"]] == [("replace", "nodegroups/machines")]
    found = changed(town.life.updated, town.life.replaced)
    assert found["nodegroups/machines|instanceTypes"] == ["m7i.xlarge"]
    assert found["nodegroups/machines|subnets"] == town.ground.subnets[1:3]  # those that the cluster has by now
    assert {path.partition("|")[0] for path in found} == {"nodegroups/machines"}


def test_what_somebody_changes_is_found_and_repaired_but_for_what_an_autoscaler_did(
    sandbox: RunningSandbox, town: Town
) -> None:
    assert town.life.mended["status"] == "SUCCEEDED"
    events = sandbox.call_api("GET", "/clusters/lived/events")[1]["items"]
    repaired = next(it for it in events if it["type"] == "DriftRepaired")
    assert {(it["resource"], it["field"]) for it in repaired["detail"]["differs"]} == DRIFTED
    assert changed(town.life.replaced, town.life.repaired) == {"nodegroups/services|scalingConfig|desiredSize": 3}


def test_two_versions_up_are_one_run(sandbox: RunningSandbox, town: Town) -> None:
    found = view(sandbox, "climber")
    versions = {path: value for path, value in found.items() if path.endswith("|version")}
    groups = [f"nodegroups/{it['nodegroupName']}|version" for it in CLIMBER["nodegroups"]]
    assert versions == dict.fromkeys(["cluster|version", *groups], "1.35")
    eks = sandbox.client("eks")
    updates = [
        eks.describe_update(name="climber", updateId=it)["update"]
        for it in eks.list_updates(name="climber")["updateIds"]
    ]
    climbed = [it["params"][0]["value"] for it in updates if it["type"] == "VersionUpdate"]
    assert climbed == ["1.34", "1.35"]
    assert call(sandbox, "POST", "/clusters/climber/plan")["actions"] == []
    runs = sandbox.call_api("GET", "/clusters/climber/runs")[1]["items"]
    assert [it["id"] for it in runs] == [town.climbed["id"], "climber-provision-1-1"]


def test_what_eks_advises_against_is_refused_by_its_name(town: Town) -> None:
    status, problem = town.forbidden
    assert (status, [it["pointer"] for it in problem["errors"]]) == (422, ["/version"])
    assert DEPRECATED in json.dumps(problem)


def test_of_ten_specs_in_a_hurry_the_last_one_is_in_effect(sandbox: RunningSandbox, town: Town) -> None:
    last = max((answer["cluster"] for answer in town.answers), key=lambda it: it["generation"])
    assert last["generation"] == 1 + 10
    wanted = last["spec"]["resourcesVpcConfig"]["publicAccessCidrs"]
    assert town.hurried["cluster|resourcesVpcConfig|publicAccessCidrs"] == wanted
    runs = sandbox.call_api("GET", "/clusters/hurried/runs")[1]["items"]
    assert len(runs) <= 1 + 2


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_refused_by_its_field(town: Town, name: str) -> None:
    status, problem = town.life.problems[name]
    assert (status, [it["pointer"] for it in problem["errors"]]) == (422, [BAD[name][0]])
    assert problem["errors"][0]["remedy"]


def test_a_protected_cluster_is_not_deleted(town: Town) -> None:
    status, problem = town.life.protected
    assert (status, [it["pointer"] for it in problem["errors"]]) == (409, ["/deletionProtection"])


def test_what_is_refused_changes_nothing(sandbox: RunningSandbox, town: Town) -> None:
    assert changed(town.life.repaired, town.life.refused) == {}
    assert sandbox.call_api("GET", "/clusters/lived")[1]["generation"] == 3


def test_a_creation_that_fails_is_taken_away_where_the_spec_wants_it(sandbox: RunningSandbox, town: Town) -> None:
    assert town.undone["status"] == "FAILED"
    assert town.undone["error"]["remedy"]
    assert_simulated_alike(sandbox, town.undone["executionArn"])
    runs = sandbox.call_api("GET", "/clusters/undone/runs")[1]["items"]
    assert [(it["verb"], it["status"]) for it in runs] == [("destroy", "SUCCEEDED"), ("provision", "FAILED")]
    assert "undone" not in sandbox.client("eks").list_clusters()["clusters"]
    roles = sandbox.client("iam").get_paginator("list_roles").paginate(PathPrefix="/slipway/").build_full_result()
    assert [it["RoleName"] for it in roles["Roles"] if "undone" in it["RoleName"]] == []

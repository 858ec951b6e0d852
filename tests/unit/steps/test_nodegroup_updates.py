"""Node groups that are there become what the spec says, without anything else changing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import pytest

from lambdas.domain import pacing
from lambdas.domain.dispositions import Disposition
from lambdas.domain.issues import REMEDIES
from lambdas.domain.pacing import Part
from lambdas.domain.progress import Failed, Ready, Waiting
from lambdas.domain.spec import (
    ClusterSpec,
    LaunchTemplate,
    Nodegroup,
    NodeRepairConfig,
    ScalingConfig,
    Taint,
    UpdateConfig,
)
from lambdas.steps.convergence import ensure, observe
from lambdas.steps.nodegroups import CONTRACT, resources, surplus
from sandbox.twin.faults import Faults, Force, Issue
from tests.unit.steps.stage import NAME, NODE_ROLE, RUN, spec
from tests.unit.twin.house import SUBNETS, template

if TYPE_CHECKING:
    from lambdas.domain.progress import Action, Report
    from tests.unit.steps.stage import Stage

AGAIN = "bank-provision-1-2"
PATH = "nodegroups/workers"
SIZES = ScalingConfig(minSize=0, maxSize=3, desiredSize=1)
ASLEEP: dict[str, Any] = {"scalingConfig": replace(SIZES, desiredSize=0)}
RELEASE = "1.35.3-20261023"
NEWEST = "1.35.3-20261109"


def wanted(version: str = "1.35", **members: Any) -> ClusterSpec:  # noqa: ANN401 -- Nodegroup's own
    """A spec with one node group of one node."""
    group = Nodegroup(**{"nodegroupName": "workers", "scalingConfig": SIZES, **members})
    return spec(version=version, nodegroups=(group,))


@dataclass
class Life:
    """What runs do to the node groups of a cluster, with what they remember from look to look."""

    stage: Stage
    observed: dict[str, object] = field(default_factory=dict)

    def look(self, asked: ClusterSpec, *, run: str = RUN, replaceable: tuple[str, ...] = ()) -> dict[str, Report]:
        """One look, and at most one change of each."""
        scope = replace(self.stage.scope(asked, run=run, observed=self.observed), replaceable=frozenset(replaceable))
        reports = ensure(resources(scope, Part.NODEGROUPS), surplus(scope, Part.NODEGROUPS))
        self.observed |= {report.resource: dict(report.facts) for report in reports}
        return {report.resource: report for report in reports}

    def settle(self, asked: ClusterSpec, **more: Any) -> dict[str, Report]:  # noqa: ANN401 -- look's own
        """Looks until there is nothing to wait for; for some hundred times at most."""
        for _ in range(100):
            reports = self.look(asked, **more)
            waits = [it.progress.retry_after_seconds for it in reports.values() if isinstance(it.progress, Waiting)]
            if not waits:
                return reports
            self.stage.wait(min(waits))
        pytest.fail(f"no end of it: {asked}")

    def plan(self, asked: ClusterSpec) -> list[Action]:
        scope = self.stage.scope(asked, observed=self.observed)
        reports = observe(resources(scope, Part.NODEGROUPS), surplus(scope, Part.NODEGROUPS))
        return [action for it in reports for action in (it.action, *it.ahead) if action]

    @property
    def calls(self) -> list[str]:
        return [name for name, _ in self.stage.tape.changes]

    def group(self, name: str = "workers") -> dict[str, Any]:
        return dict(self.stage.aws.eks.describe_nodegroup(clusterName=NAME, nodegroupName=name)["nodegroup"])

    def names(self) -> list[str]:
        return self.stage.aws.eks.list_nodegroups(clusterName=NAME)["nodegroups"]

    def force(self, resource: Literal["nodegroup", "update"], status: str, code: str) -> None:
        rule = Force(resource, status, (Issue(code),), cluster=NAME, name="workers", now=True)
        Faults(self.stage.twin, self.stage.wait).add(rule)


def life_of(stage: Stage, asked: ClusterSpec, version: str = "1.35") -> Life:
    stage.cluster(version=version, upgradePolicy={"supportType": "EXTENDED"})
    stage.aws.eks.create_addon(clusterName=NAME, addonName="vpc-cni")
    stage.world.templates = [template("1"), template("2")]
    life = Life(stage, {"cluster": {"version": version}})
    assert life.settle(asked)[PATH].progress == Ready()
    stage.tape.calls.clear()
    return life


@pytest.fixture
def life(stage: Stage) -> Life:
    """A node group of one node that is as its spec says."""
    return life_of(stage, wanted())


CONFIG, VERSION, TAG, UNTAG = "UpdateNodegroupConfig", "UpdateNodegroupVersion", "TagResource", "UntagResource"
TAINT = Taint(key="a", value="b", effect="NO_EXECUTE")
UPDATES: dict[str, tuple[dict[str, Any], dict[str, Any], list[str], dict[str, Any]]] = {
    "a label": ({}, {"labels": {"tier": "web"}}, [CONFIG], {"labels": {"tier": "web"}}),
    "another label": (
        {"labels": {"tier": "web", "old": "1"}},
        {"labels": {"tier": "batch"}},
        [CONFIG],
        {"labels": {"tier": "batch"}},
    ),
    "no label": ({"labels": {"tier": "web"}}, {}, [CONFIG], {"labels": {}}),
    "a taint": (
        {}, {"taints": (TAINT,)}, [CONFIG], {"taints": [{"key": "a", "value": "b", "effect": "NO_EXECUTE"}]},
    ),
    "no taint": ({"taints": (TAINT,)}, {}, [CONFIG], {"taints": []}),
    "how nodes are replaced": (
        {},
        {"updateConfig": UpdateConfig(maxUnavailablePercentage=50)},
        [CONFIG],
        {"updateConfig": {"maxUnavailablePercentage": 50, "updateStrategy": "DEFAULT"}},
    ),
    "repairs": (
        {},
        {"nodeRepairConfig": NodeRepairConfig(enabled=True)},
        [CONFIG],
        {"nodeRepairConfig": {"enabled": True, "nodeRepairConfigOverrides": []}},
    ),
    "everything of its configuration at once": (
        {"labels": {"tier": "web"}},
        {"taints": (TAINT,), "nodeRepairConfig": NodeRepairConfig(enabled=True)},
        [CONFIG],
        {
            "labels": {},
            "taints": [{"key": "a", "value": "b", "effect": "NO_EXECUTE"}],
            "nodeRepairConfig": {"enabled": True, "nodeRepairConfigOverrides": []},
        },
    ),
    "another tag": (
        {"tags": {"team": "a", "stage": "test"}},
        {"tags": {"team": "b"}},
        [TAG, UNTAG],
        {"tags": {"team": "b", "slipway/cluster": NAME, "slipway/run": RUN}},
    ),
    "a newer image": ({"releaseVersion": RELEASE}, {"releaseVersion": NEWEST}, [VERSION], {"releaseVersion": NEWEST}),
    "another version of its template": (
        {"launchTemplate": LaunchTemplate(name="nodes", version="1")},
        {"launchTemplate": LaunchTemplate(name="nodes", version="2")},
        [VERSION],
        {"launchTemplate": {"id": "lt-1", "name": "nodes", "version": "2"}},
    ),
    "configuration first, then tags, then the nodes": (
        {"releaseVersion": RELEASE},
        {"releaseVersion": NEWEST, "labels": {"tier": "web"}, "tags": {"team": "a"}},
        [CONFIG, TAG, VERSION],
        {
            "releaseVersion": NEWEST,
            "labels": {"tier": "web"},
            "tags": {"team": "a", "slipway/cluster": NAME, "slipway/run": RUN},
        },
    ),
    "an image that is no longer said stays": ({"releaseVersion": RELEASE}, {}, [], {}),
    "sizes are not its business": ({}, {"scalingConfig": ScalingConfig(minSize=0, maxSize=9, desiredSize=3)}, [], {}),
}  # fmt: skip


@pytest.mark.parametrize("name", UPDATES)
def test_an_update_takes_effect_and_nothing_else_changes(stage: Stage, name: str) -> None:
    """Of a group that sleeps, which makes no difference but that none of its nodes has to be waited for."""
    before, after, calls, changed = UPDATES[name]
    life = life_of(stage, wanted(**ASLEEP | before))
    there = life.group()
    asked = wanted(**ASLEEP | after)
    planned = life.plan(asked)
    assert [action.verb for action in planned] == ["update"] * len(calls)
    assert life.settle(asked)[PATH].progress == Ready()
    assert life.calls == calls
    volatile = {"modifiedAt": life.group()["modifiedAt"]}
    assert life.group() == {**there, **changed, **volatile}
    assert life.plan(asked) == []
    assert set(calls) <= {action.partition(":")[2] for action in CONTRACT.calls()}


def test_what_a_plan_shows_of_an_update_is_what_the_run_does(life: Life) -> None:
    asked = wanted(labels={"tier": "web"}, nodeRepairConfig=NodeRepairConfig(enabled=True))
    (action,) = life.plan(asked)
    assert action.reason == 'labels.tier is not there, wanted "web"; nodeRepairConfig.enabled is false, wanted true'
    assert action.consequence == (
        "in place: its nodes get these labels, its unhealthy nodes are repaired so; no node is replaced for it"
    )
    assert life.calls == []
    assert life.look(asked)[PATH].action == action


def test_tags_of_others_stay(life: Life) -> None:
    life.stage.aws.eks.tag_resource(resourceArn=life.group()["nodegroupArn"], tags={"costs": "4711"})
    life.settle(wanted(tags={"team": "a"}))
    life.settle(wanted())
    assert life.group()["tags"] == {"costs": "4711", "slipway/cluster": NAME, "slipway/run": RUN}


def climbed(life: Life, version: str) -> None:
    life.stage.aws.eks.update_cluster_version(name=NAME, version=version)
    life.stage.wait(1200)
    life.observed["cluster"] = {"version": version}
    life.stage.tape.calls.clear()


def test_nodes_follow_the_control_plane_rung_by_rung(stage: Stage) -> None:
    life = life_of(stage, wanted("1.33"), "1.33")
    asked = wanted("1.35")
    assert [(it.verb, it.rung) for it in life.plan(asked)] == [("update", "1.34"), ("update", "1.35")]
    assert life.settle(asked)[PATH].progress == Ready(), "none is due before the control plane's"
    assert life.calls == []
    climbed(life, "1.34")
    assert [(it.verb, it.rung) for it in life.plan(asked)] == [("update", "1.34"), ("update", "1.35")]
    report = life.look(asked)[PATH]
    assert report.action
    assert report.action.consequence.startswith("rolling: its nodes are replaced")
    assert isinstance(report.progress, Waiting)
    assert report.progress.reason == pacing.NODES_ROLLING.reason
    life.stage.wait(30)
    assert life.look(asked)[PATH].progress == pacing.NODES_ROLLING.wait("UPDATING")
    report = life.settle(asked)[PATH]
    assert (report.progress, report.facts["version"], life.calls) == (Ready(), "1.34", [VERSION])
    assert [it.rung for it in report.ahead] == ["1.35"]
    climbed(life, "1.35")
    assert life.settle(asked)[PATH].facts["version"] == life.group()["version"] == "1.35"
    assert life.calls == [VERSION]
    assert life.plan(asked) == []


def test_an_update_that_operators_must_mend_is_theirs(stage: Stage) -> None:
    life, asked = life_of(stage, wanted(releaseVersion=RELEASE)), wanted(releaseVersion=NEWEST)
    life.look(asked)
    life.force("update", "Failed", "AccessDenied")
    for progress in (life.settle(asked)[PATH].progress, life.look(asked)[PATH].progress):
        assert isinstance(progress, Failed)
        assert (progress.error, progress.disposition) == ("AccessDenied", Disposition.PAGE)


def test_an_update_that_failed_is_told_and_tried_again_by_another_run(stage: Stage) -> None:
    life, asked = life_of(stage, wanted(releaseVersion=RELEASE)), wanted(releaseVersion=NEWEST)
    life.look(asked)
    life.force("update", "Failed", "PodEvictionFailure")
    progress = life.settle(asked)[PATH].progress
    assert isinstance(progress, Failed)
    assert (progress.error, progress.remedy) == ("PodEvictionFailure", REMEDIES["PodEvictionFailure"])
    assert life.look(asked)[PATH].progress == progress, "a run does not try for ever"
    assert life.group()["releaseVersion"] == RELEASE
    assert life.settle(asked, run=AGAIN)[PATH].progress == Ready()
    assert life.group()["releaseVersion"] == NEWEST
    assert life.calls == [VERSION, VERSION]
    first, second = (request["clientRequestToken"] for _, request in life.stage.tape.changes)
    assert first != second


def test_a_crash_between_call_and_record_is_answered_by_the_same_update(life: Life) -> None:
    asked, before = wanted(labels={"tier": "web"}), dict(life.observed)
    life.look(asked)
    life.observed = before
    life.stage.tape.report("DescribeNodegroup", "nodegroup", status="ACTIVE", labels={})
    life.look(asked)
    first, second = life.stage.tape.changes
    assert first == second
    assert len(life.stage.aws.eks.list_updates(name=NAME, nodegroupName="workers")["updateIds"]) == 1


def test_an_answer_that_was_lost_is_not_asked_for_twice(life: Life) -> None:
    asked = wanted(labels={"tier": "web"})
    life.stage.tape.lost.add(CONFIG)
    assert isinstance(life.look(asked)[PATH].progress, Waiting)
    life.stage.tape.lost.clear()
    assert life.settle(asked)[PATH].progress == Ready()
    assert life.calls == [CONFIG]


def test_somebody_elses_update_is_waited_for(life: Life) -> None:
    life.stage.aws.eks.update_nodegroup_config(clusterName=NAME, nodegroupName="workers", labels=ADD)
    life.stage.tape.calls.clear()
    assert life.look(wanted())[PATH].progress == pacing.UPDATE_IN_PROGRESS.wait("UPDATING")
    assert life.settle(wanted())[PATH].progress == Ready()
    assert life.calls == [CONFIG]
    assert life.group()["labels"] == {}


ADD: Any = {"addOrUpdateLabels": {"by": "hand"}}


def test_a_degraded_group_is_mended_by_an_update_if_one_is_due(life: Life) -> None:
    life.force("nodegroup", "DEGRADED", "AmiIdNotFound")
    progress = life.look(wanted())[PATH].progress
    assert isinstance(progress, Failed)
    assert progress.error == "AmiIdNotFound"
    report = life.look(wanted(labels={"tier": "web"}))[PATH]
    assert isinstance(report.progress, Waiting)
    assert life.calls == [CONFIG]


def test_what_cannot_change_says_so_and_what_would_go(life: Life) -> None:
    asked = wanted(instanceTypes=("m7i.large",), labels={"tier": "web"})
    report = life.look(asked)[PATH]
    assert report.progress == Failed(
        "Immutable",
        'instanceTypes is ["t3.medium"], wanted ["m7i.large"], which EKS cannot change.',
        "Ask for it to be replaced, by replace=nodegroups/workers (its nodes go first, then new ones come; for no gap "
        "add a node group under another name and remove this one afterwards), or leave instanceTypes as it is.",
    )
    assert life.calls == []
    assert [action.verb for action in life.plan(asked)] == ["refuse", "update"]


def test_it_is_made_anew_if_that_was_asked_for(life: Life) -> None:
    asked = wanted(instanceTypes=("m7i.large",))
    first = life.group()
    assert life.settle(asked, replaceable=(PATH,))[PATH].progress == Ready()
    assert life.calls == ["DeleteNodegroup", "CreateNodegroup"]
    second = life.group()
    assert second["instanceTypes"] == ["m7i.large"]
    assert first["nodegroupArn"] != second["nodegroupArn"]
    assert life.settle(asked, replaceable=(PATH,))[PATH].progress == Ready()
    assert len(life.calls) == 2


@pytest.mark.parametrize("replaceable", [(), (PATH,)])
def test_a_lower_version_is_refused_and_no_replacement_helps(life: Life, replaceable: tuple[str, ...]) -> None:
    """EKS would make the new one in the control plane's version, above the one that is wanted."""
    asked = spec(nodegroups=(Nodegroup(nodegroupName="workers", scalingConfig=SIZES, version="1.34"),))
    progress = life.look(asked, replaceable=replaceable)[PATH].progress
    assert isinstance(progress, Failed)
    assert (progress.error, progress.cause) == (
        "Immutable",
        'version is "1.35", wanted "1.34", which EKS cannot change.',
    )
    assert life.calls == []


def test_somebody_elses_group_is_not_updated(life: Life) -> None:
    life.stage.tape.report("DescribeNodegroup", "nodegroup", tags={"slipway/cluster": "other"})
    progress = life.look(wanted(labels={"tier": "web"}, tags={"team": "a"}))[PATH].progress
    assert isinstance(progress, Failed)
    assert progress.error == "NodegroupNotOurs"
    assert life.calls == []


def by_hand(life: Life, name: str, **tags: str) -> None:
    life.stage.aws.eks.create_nodegroup(
        clusterName=NAME, nodegroupName=name, subnets=SUBNETS, nodeRole=NODE_ROLE, tags=tags
    )
    life.stage.wait(600)
    life.stage.tape.calls.clear()


def test_what_the_spec_no_longer_has_goes_once_all_the_rest_is_there(life: Life) -> None:
    other = wanted(nodegroupName="others")
    remove = ("delete", PATH, "the spec no longer has it")
    assert [(it.verb, it.resource, it.reason) for it in life.plan(other)][1:] == [remove]
    assert life.plan(other)[1].consequence.startswith("deleted: its nodes are drained")
    assert PATH not in life.look(other), "what takes its place comes first"
    reports = life.settle(other)
    assert (reports["nodegroups/others"].progress, reports[PATH].progress) == (Ready(), Ready())
    assert reports[PATH].facts == {"status": "DELETED", "earlier": True}
    assert (life.calls, life.names()) == (["CreateNodegroup", "DeleteNodegroup"], ["others"])
    assert (life.plan(other), PATH in life.look(other)) == ([], False)


def test_what_comes_back_is_made_anew(life: Life) -> None:
    first = life.group()["nodegroupArn"]
    life.settle(spec(nodegroups=()))
    assert life.names() == []
    assert life.settle(wanted())[PATH].progress == Ready()
    assert life.group()["nodegroupArn"] != first


def test_others_groups_are_none_of_our_business(life: Life) -> None:
    by_hand(life, "theirs", team="b")
    by_hand(life, "look-alike", **{"slipway/cluster": "bank-2"})
    assert life.plan(wanted()) == []
    reports = life.settle(wanted())
    assert all(report.facts == {} for path, report in reports.items() if path != PATH)
    assert life.calls == []
    assert life.names() == ["look-alike", "theirs", "workers"]


def test_of_one_that_was_ours_it_is_noted_that_it_is_not(life: Life) -> None:
    life.stage.aws.eks.untag_resource(resourceArn=life.group()["nodegroupArn"], tagKeys=["slipway/cluster"])
    report = life.settle(spec(nodegroups=()))[PATH]
    assert "lacks the tag slipway/cluster" in str(report.facts["left"])
    assert life.names() == ["workers"]


def test_an_update_is_waited_for_before_it_goes(life: Life) -> None:
    life.look(wanted(labels={"tier": "web"}))
    assert life.look(spec(nodegroups=()))[PATH].progress == pacing.UPDATE_IN_PROGRESS.wait("UPDATING")
    life.settle(spec(nodegroups=()))
    assert life.names() == []


def test_how_often_it_was_made_outlives_it(life: Life) -> None:
    life.settle(wanted(instanceTypes=("m7i.large",)), replaceable=(PATH,))
    assert life.settle(spec(nodegroups=()))[PATH].facts == {"status": "DELETED", "remade": 1, "earlier": True}


def test_the_sizes_of_a_night_are_forgotten_with_their_group(life: Life) -> None:
    life.observed["sizes/workers"] = {"power": "asleep", "remembered": {"minSize": 1, "maxSize": 3, "desiredSize": 2}}
    assert "sizes/workers" not in life.look(spec(nodegroups=()))
    assert life.settle(spec(nodegroups=()))["sizes/workers"].facts == {"remembered": None}
    assert not life.stage.scope(wanted(), observed=life.observed).is_asleep("workers")


def test_nodes_that_are_being_replaced_are_waited_for_with_patience(stage: Stage) -> None:
    life = life_of(stage, wanted(releaseVersion=RELEASE))
    life.look(wanted(releaseVersion=NEWEST))
    for _ in range(2):
        assert life.look(spec(nodegroups=()))[PATH].progress == pacing.NODES_ROLLING.wait("UPDATING")


def test_a_group_that_others_took_away_is_noted(life: Life) -> None:
    life.stage.aws.eks.delete_nodegroup(clusterName=NAME, nodegroupName="workers")
    life.stage.wait(1200)
    assert life.settle(spec(nodegroups=()))[PATH].facts == {"status": "DELETED", "earlier": True}


def test_on_the_way_up_a_new_group_starts_on_the_control_planes_rung(stage: Stage) -> None:
    stage.cluster(version="1.34")
    life = Life(stage, {"cluster": {"version": "1.34"}})
    group = Nodegroup(nodegroupName="workers", scalingConfig=SIZES, version="1.35", releaseVersion=NEWEST)
    life.look(spec(nodegroups=(group,)))
    ((_, request),) = stage.tape.changes
    assert request["version"] == "1.34"
    assert "releaseVersion" not in request


def test_no_group_is_made_below_the_control_plane(stage: Stage) -> None:
    stage.cluster()
    life = Life(stage, {"cluster": {"version": "1.35"}})
    group = Nodegroup(nodegroupName="workers", scalingConfig=SIZES, version="1.34")
    assert life.look(spec(nodegroups=(group,)))[PATH].progress == Failed(
        "NodegroupVersionTooLow",
        "version of nodegroups/workers is 1.34, but EKS makes new node groups in the cluster's version only, 1.35.",
        "Set the node group's version to 1.35, or leave it out.",
    )
    assert stage.tape.changes == []


def test_a_creation_is_announced_as_one(stage: Stage) -> None:
    stage.cluster()
    (action,) = Life(stage).plan(wanted())
    assert action.consequence == "created: 1 node, between 0 and 3"

"""Attempts at one cluster in a house where things go wrong, and what must be true once one has succeeded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from lambdas.domain.admission import admit_object
from lambdas.domain.runs import RunStatus, Verb
from tests.invariants import Account, assert_history, assert_whole, portrait, things

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambdas.domain.spec import ClusterSpec
    from tests.house import House
    from tests.invariants import Thing
    from tests.simulation.interpreter import Invoke, Stop
    from tests.wire import Call

ROLE = "arn:aws:iam::000000000000:role/platform"
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKS"

ALL_SORTS = {
    "accessEntries": [
        {
            "principalArn": f"{ROLE}/operators",
            "accessPolicies": [
                {"policyArn": f"{POLICY}ClusterAdminPolicy"},
                {"policyArn": f"{POLICY}ViewPolicy", "accessScope": {"type": "namespace", "namespaces": ["payments"]}},
            ],
        }
    ],
    "podIdentityAssociations": [
        {"namespace": "payments", "serviceAccount": "ledger", "roleArn": f"{ROLE}/payments-ledger"}
    ],
    "nodegroups": [
        {"nodegroupName": "services", "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2}},
        {"nodegroupName": "batch", "scalingConfig": {"minSize": 0, "maxSize": 9, "desiredSize": 0}},
    ],
    "tags": {"team": "platform"},
}
"""Roles to be made, access with policies, a pod identity, the four add-ons of every cluster, two node groups."""

OWN_NETWORK = {"vpc": {"create": {"cidr": "10.64.0.0/16", "availabilityZones": 2}}}
A_WHILE = 7200
"""Seconds after which an add-on without nodes has become DEGRADED, the last thing to happen in the twin."""

RESOURCES = ("ec2", "eks", "iam")
"""The services whose things are the cluster's; the others only keep the books."""


@cache
def spec(kind: str) -> ClusterSpec:
    """``bare``, ``all sorts``, ``network`` (a VPC of its own and a control plane in it) or ``everything``."""
    kinds: dict[str, Mapping[str, object]] = {
        "bare": {"roleArn": f"{ROLE}/eks-cluster"},
        "all sorts": ALL_SORTS,
        "network": OWN_NETWORK,
        "everything": ALL_SORTS | OWN_NETWORK,
    }
    return admit_object({"name": "quay", **kinds[kind]})


def changes(calls: list[Call]) -> Counter[str]:
    """How often each kind of call changed something of the cluster's."""
    return Counter(call.name for call in calls if call.name.partition(":")[0] in RESOURCES)


@dataclass(frozen=True, slots=True)
class Quiet:
    """How a run of a spec goes that nobody disturbs: what it leaves, and the calls by which it changed something."""

    portrait: list[str]
    calls: list[Call]


@dataclass
class Attempts:
    """One cluster that is asked for until it is there."""

    home: House
    wanted: ClusterSpec
    quiet: Quiet
    account: Account
    before: list[Thing]

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.wanted.name

    def post(self, *, invoke: Invoke | None = None, stop: Stop | None = None, gives_up: bool = False) -> str:
        """Send the spec, and run what that starts: the status of the execution, or of the run if nothing was to do."""
        _, run = self.home.accept(self.wanted)
        if run.status is RunStatus.SUCCEEDED:
            return str(run.status)
        execution = self.home.execute(run, invoke=invoke, stop=stop, gives_up=gives_up)
        # moto's executions run for ever, whatever their definition says.
        self.home.around.aws.stepfunctions.stop_execution(
            executionArn=self.home.around.settings.execution_arn(run.verb, run.id)
        )
        return execution.status

    def assert_finished(self) -> None:
        """One run has succeeded, and the cluster is as a run leaves it that nobody disturbs."""
        registry = self.home.around.registry
        record, (runs, _) = registry.cluster(self.name), registry.runs(self.name)
        assert record is not None
        assert record.lease is None
        assert_history([(run.id, str(run.status)) for run in runs], self._executions())
        assert all(run.error and run.error.remedy for run in runs[1:])
        assert_whole(self.account, self.name, like=self.quiet.portrait, before=self.before)

    def assert_nothing_was_made_twice(self) -> None:
        """Together, all attempts since the wire last forgot asked for what an undisturbed run asks for, and no more."""
        assert changes(self.home.wire.changed) == changes(self.quiet.calls)

    def _executions(self) -> Mapping[str, str]:
        machine = self.home.around.settings.machine_arn(Verb.PROVISION)
        pages = self.home.around.aws.stepfunctions.get_paginator("list_executions").paginate(stateMachineArn=machine)
        found = {it["name"]: it["status"] for page in pages for it in page["executions"]}
        return {name: status for name, status in found.items() if name.startswith(f"{self.name}-{Verb.PROVISION}-")}


def account_of(home: House) -> Account:
    """The house's account."""
    return Account.of(lambda service: getattr(home.around.aws, service))


def quietly(home: House, kind: str) -> Quiet:
    """Make such a cluster in a quiet hour, and wait until nothing about it changes any more."""
    wanted = replace(spec(kind), name=f"quay-{kind.replace(' ', '-')}")
    home.wire.forget()
    assert home.provision(wanted).status == "SUCCEEDED"
    made = Quiet(portrait(things(account_of(home)), wanted.name), list(home.wire.changed))
    home.clock.advance(A_WHILE)
    return made

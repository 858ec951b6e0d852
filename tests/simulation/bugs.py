"""Bugs that somebody might make, each with the trials that are to find it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.simulation.hunts import kills, living, pair, several, single, sleeping, stranger
from tests.simulation.planting import Change

if TYPE_CHECKING:
    from tests.simulation.hunts import Run

LIVES: Final = 40
"""So many lives by lot are lived with those bugs that need bad luck."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug: what it is, where, and the trials that should find it. ``guard`` says why it harms nothing, if so."""

    name: str
    change: Change
    trials: Run
    guard: str = ""


_OWNERLESS: Final = "    return (tags or {}).get(OWNER_TAG) == scope.cluster\n"

MUTANTS: Final = (
    # the token
    Mutant(
        "tokens are drawn by lot",
        Change(
            "lambdas.domain.tokens",
            "hashlib.sha256(content.encode())",
            'hashlib.sha256(content.encode() + __import__("os").urandom(8))',
        ),
        kills("create", 1, calls="eks:Create"),
    ),
    Mutant(
        "CreateCluster goes without a token",
        Change("lambdas.steps.cluster", ", clientRequestToken=scope.token(CLUSTER, request))", ")"),
        kills("create", 64),
    ),
    Mutant(
        "the token forgets how often a thing was made",
        Change("lambdas.domain.tokens", "[cluster, resource, request, remade]", "[cluster, resource, request, 0]"),
        single("create/nodegroup_CREATE_FAILED_IamThrottling"),
    ),
    # looking before making
    Mutant(
        "a node group is made without looking first",
        Change(
            "lambdas.steps.nodegroups",
            "        if answer is None:\n            return self._missing()\n        scope, nodegroup",
            '        if answer is None or "status" not in self.scope.facts(self.path):\n'
            "            return self._missing()\n        scope, nodegroup",
        ),
        kills("create", 64),
    ),
    Mutant(
        "an add-on is made without looking first",
        Change(
            "lambdas.steps.addons",
            "        if answer is None:\n",
            '        if answer is None or "status" not in self.scope.facts(self.path):\n',
        ),
        kills("create", 64),
    ),
    Mutant(
        "a role is made without looking first",
        Change(
            "lambdas.steps.roles",
            "if answer is None:\n            return Report(\n                resource",
            "if not self.scope.facts(self.path):\n            return Report(\n                resource",
        ),
        kills("create", 64),
    ),
    Mutant(
        "an execution that is there already is a failure",
        Change(
            "lambdas.aws.executions",
            "except self._client.exceptions.ExecutionAlreadyExists:\n            return",
            "except self._client.exceptions.ExecutionDoesNotExist:\n            return",
        ),
        kills("create", 1, calls="StartExecution"),
        guard="whoever starts a run is asked again, and then sees that it goes on",
    ),
    # whose it is
    Mutant(
        "any role of our name is ours",
        Change(
            "lambdas.steps.roles",
            "== PATH\n            and tags.get(OWNER_TAG) == self.scope.cluster\n            and boundary",
            "== PATH\n            or tags.get(OWNER_TAG) == self.scope.cluster\n            or boundary",
        ),
        several(stranger("role below our path"), stranger("role that bears our tag")),
    ),
    Mutant(
        "any cluster of our name is ours",
        Change("lambdas.steps.cluster", 'if not is_ours(self.scope, cluster.get("tags")):', "if False:"),
        stranger("cluster"),
    ),
    Mutant(
        "a foreign cluster is built on",
        Change("lambdas.steps.cluster", 'if not belongs(self.scope, CLUSTER, cluster.get("tags")):', "if False:"),
        stranger("cluster as ours would be"),
    ),
    Mutant(
        "whatever the cluster has is ours to remove",
        Change("lambdas.steps.reading", _OWNERLESS, "    return True\n"),
        several(
            stranger("node group"),
            stranger("add-on"),
            stranger("access entry"),
            stranger("pod identity association"),
        ),
    ),
    Mutant(
        "any log group of our name is ours",
        Change("lambdas.steps.leftovers", "if not _is_logged(self.scope) and not self._is_tagged(group):", "if False:"),
        stranger("log group"),
    ),
    Mutant(
        "any network interface of EKS's is ours",
        Change(
            "lambdas.steps.leftovers",
            'interface.get("Description") == f"Amazon EKS {scope.cluster}"',
            'interface.get("Description", "").startswith(f"Amazon EKS {scope.cluster}")',
        ),
        stranger("network interface"),
    ),
    Mutant(
        "schedules are told apart by how their names begin",
        Change(
            "lambdas.domain.schedules",
            'if name.startswith(begins) and "." not in name.removeprefix(begins)]',
            "if name.startswith(cluster)]",
        ),
        stranger("schedule"),
        guard="EventBridge Scheduler is only asked for names that begin with the cluster's name and a dot",
    ),
    # anywhere
    Mutant(
        "a function that lost the lease reports all the same",
        Change(
            "lambdas.aws.registry",
            'held = "lease = :run" if generation is None else "lease = :run AND generation = :generation"',
            'held = ":run = :run" if generation is None else ":run = :run AND :generation = :generation"',
        ),
        living(LIVES),
        guard="each look asks for the lease first, and it is only taken from executions that are over",
    ),
    Mutant(
        "runs work without the lease",
        Change("lambdas.steps.runs", "    if record.lease != run:\n", "    if record.lease is None:\n"),
        living(LIVES),
        guard="the lease is taken from executions that are over only, and the registry takes no report without it",
    ),
    Mutant(
        "two may get the lease",
        Change(
            "lambdas.steps.starting",
            "        return status in {None, ALIVE}\n",
            "        return status is None\n",
        ),
        living(LIVES),
    ),
    Mutant(
        "sizes are not remembered before sleep",
        Change(
            "lambdas.steps.scaling.group",
            "            return night(memory.remembered) if memory.remembered else None\n",
            "            return night(memory.remembered or Sizes(minSize=0, maxSize=3, desiredSize=0))\n",
        ),
        kills("wake", 64),
    ),
    Mutant(
        "only the greatest size comes back in the morning",
        Change(
            "lambdas.steps.scaling.group",
            "        return possible(sizes) if sizes else None\n",
            "        return replace(possible(sizes), minSize=0, desiredSize=0) if sizes else None\n",
        ),
        kills("wake", 64),
    ),
    Mutant(
        "the sizes of the morning are never forgotten",
        Change(
            "lambdas.steps.scaling.group",
            "Power.AWAKE, replace(memory, remembered=None), seen",
            "Power.AWAKE, memory, seen",
        ),
        living(LIVES),
    ),
    Mutant(
        "a run that fails keeps the lease",
        Change(
            "lambdas.aws.registry",
            "            self._write(release, close, *map(self._put_event, events))\n        except Collision",
            "            self._write(close, *map(self._put_event, events))\n        except Collision",
        ),
        several(living(LIVES), kills("create", 8)),
    ),
    Mutant(
        "a conflict at the end of a run is taken for its end",
        Change(
            "lambdas.steps.runs",
            "self._end(record, known, after, events)\n            except Conflict:\n                continue\n",
            "self._end(record, known, after, events)\n            except Conflict:\n                pass\n",
        ),
        living(LIVES),
        guard="the sweep frees the cluster of the run and starts what is missing",
    ),
    Mutant(
        "another spec during a run is not noticed",
        Change(
            "lambdas.steps.runs", "        return record.generation != record.converging\n", "        return False\n"
        ),
        living(LIVES),
    ),
    Mutant(
        "the sweep skips clusters that a run holds",
        Change(
            "lambdas.steps.starting",
            "        if self.is_busy(record):\n            return None\n        freed",
            "        if record.lease:\n            return None\n        freed",
        ),
        living(LIVES),
    ),
    Mutant(
        "an update in progress is done",
        Change(
            "lambdas.steps.updating",
            "    if status == _IN_PROGRESS:\n        return sent, rolling",
            "    if not status:\n        return sent, rolling",
        ),
        several(kills("update", 8), living(LIVES)),
        guard="EKS's own status UPDATING is waited for as well",
    ),
    Mutant(
        "an update that failed is done",
        Change("lambdas.steps.updating", "    if status == _SUCCESSFUL:\n", "    if status:\n"),
        several(kills("update", 16), living(LIVES)),
        guard="what differs still differs, and is changed again",
    ),
    Mutant(
        "the log group is forgotten",
        Change(
            "lambdas.steps.leftovers",
            "    yield LogGroupRemoval(scope, others",
            "    if False: yield LogGroupRemoval(scope, others",
        ),
        kills("delete", 64),
    ),
    Mutant(
        "the log group is deleted once, whatever comes later",
        Change("lambdas.steps.leftovers", "        if looks >= QUIET_LOOKS:\n", "        if looks >= 0:\n"),
        pair("F49/F01"),
    ),
    Mutant(
        "schedules stay behind",
        Change(
            "lambdas.steps.schedules",
            "        there = self._there()\n        if not there:\n            return gone",
            "        there = self._there()\n        if there is not None:\n            return gone",
        ),
        kills("delete", 64),
    ),
    Mutant(
        "a role keeps its policies",
        Change(
            "lambdas.steps.role_removal",
            'if attached := iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:',
            "if attached := []:",
        ),
        kills("delete", 64),
    ),
    Mutant(
        "the cluster goes before its node groups",
        Change(
            "lambdas.steps.nodegroup_removal",
            '    return [name for page in pages for name in page["nodegroups"]]',
            "    return []",
        ),
        stranger("node group"),
    ),
    Mutant(
        "the events of a good end are lost",
        Change(
            "lambdas.aws.registry",
            "self._write(release, self._close(run, RunStatus.SUCCEEDED, at, None), *map(self._put_event, events))\n",
            "self._write(release, self._close(run, RunStatus.SUCCEEDED, at, None))\n",
        ),
        kills("create", 1, "small", calls="PutEvents"),
    ),
    Mutant(
        "too many requests are a failure",
        Change(
            "lambdas.domain.failures",
            "    if meaning.disposition in FINAL:\n",
            "    if meaning.disposition in FINAL or error.http_status == 429:\n",
        ),
        single("create/eks:CreateNodegroup_TooManyRequestsException_429_x3"),
    ),
    Mutant(
        "the calendar's schedules are in UTC",
        Change(
            "lambdas.domain.calendar.boundaries",
            'return Boundary(f"cron({at.minute} {at.hour} ? * {days} *)", timezone, expected)',
            'return Boundary(f"cron({at.minute} {at.hour} ? * {days} *)", "UTC", expected)',
        ),
        sleeping(12),
        guard="the sweep looks a quarter of an hour later at the latest, which is what the nights allow",
    ),
    Mutant(
        "the calendar is read in UTC",
        Change(
            "lambdas.domain.calendar.clocks",
            "wall.replace(tzinfo=zone, fold=0).astimezone(UTC),\n"
            "        wall.replace(tzinfo=zone, fold=1).astimezone(UTC),\n",
            "wall.replace(tzinfo=UTC),\n        wall.replace(tzinfo=UTC),\n",
        ),
        sleeping(12),
    ),
    Mutant(
        "nobody follows a run",
        Change("lambdas.steps.runs", "        self.starter.follow(self.cluster, after=run.verb)\n", ""),
        living(LIVES),
        guard="the sweep starts what is missing",
    ),
)

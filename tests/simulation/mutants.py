"""Does the simulator find bugs? Some are planted, one after the other, and the trials run that should find each.

``python -m tests.simulation.mutants`` prints by how many of its trials each was found, and the first violation.
Everything of a trial runs with the bug, also what it is compared with.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from rich.console import Console

from tests.quick import remembering
from tests.simulation.forks import futures
from tests.simulation.ground import ground
from tests.simulation.kills import killed
from tests.simulation.lives import lives
from tests.simulation.nights import nights
from tests.simulation.planting import Change, planted
from tests.simulation.singles import suffered
from tests.simulation.strangers import beside
from tests.simulation.workflows import WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.simulation.ground import Ground
    from tests.simulation.lives import Lived
    from tests.simulation.trial import Outcome

    Trials = Iterator[tuple[str, Outcome | Lived]]
    Run = Callable[[Ground], Trials]

LIVES: Final = 40
"""So many lives by lot are lived with those bugs that need bad luck."""

_say: Final = Console(highlight=False, markup=False, soft_wrap=True).print


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug: what it is, where, and the trials that should find it. ``guard`` says why it harms nothing, if so."""

    name: str
    change: Change
    trials: Run
    guard: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many of the trials found a bug, the first one that did, and what it said."""

    trials: int
    found: int
    first: str = ""
    said: str = ""


def judged(ground: Ground, mutant: Mutant) -> Verdict:
    """Plant a bug and run its trials. A trial that is not even begun, as nothing works in peace, has found it too."""
    trials, found, first = 0, 0, ("", "")
    with planted(mutant.change):
        try:
            for name, trial in mutant.trials(ground):
                trials += 1
                if trial.violations:
                    found += 1
                    first = first if any(first) else (name, trial.violations[0])
        except AssertionError as error:
            trials, found, first = trials + 1, found + 1, ("in peace", str(error) or "a run does not succeed")
    return Verdict(trials, found, *first)


# -- which trials


def _kills(workflow: str, every: int, kind: str = "full", calls: str = "") -> Run:
    (wanted,) = (it for it in WORKFLOWS if it.name == workflow)

    def trials(ground: Ground) -> Trials:
        yield from killed(ground, wanted, kind, at_once=1, every=every, calls=calls)

    return trials


def _single(name: str) -> Run:
    def trials(ground: Ground) -> Trials:
        yield from suffered(ground, kind="small", at_once=1, only=f"single/{name}")

    return trials


def _stranger(name: str) -> Run:
    def trials(ground: Ground) -> Trials:
        yield from beside(ground, at_once=1, only=f"stranger/{name}")

    return trials


def _lives(seeds: int, first: int = 0) -> Run:
    def trials(ground: Ground) -> Trials:
        for lived in lives(ground, range(first, first + seeds), at_once=1):
            yield str(lived.seed), lived

    return trials


def _nights(seeds: int) -> Run:
    def trials(ground: Ground) -> Trials:
        for lived in nights(ground, range(seeds), at_once=1):
            yield f"night {lived.seed}", lived

    return trials


def _all(*several: Run) -> Run:
    def trials(ground: Ground) -> Trials:
        for one in several:
            yield from one(ground)

    return trials


# -- the bugs

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
        _kills("create", 1, calls="eks:Create"),
    ),
    Mutant(
        "CreateCluster goes without a token",
        Change("lambdas.steps.cluster", ", clientRequestToken=scope.token(CLUSTER, request))", ")"),
        _kills("create", 64),
    ),
    Mutant(
        "the token forgets how often a thing was made",
        Change("lambdas.domain.tokens", "[cluster, resource, request, remade]", "[cluster, resource, request, 0]"),
        _single("create/nodegroup_CREATE_FAILED_IamThrottling"),
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
        _kills("create", 64),
    ),
    Mutant(
        "an add-on is made without looking first",
        Change(
            "lambdas.steps.addons",
            "        if answer is None:\n",
            '        if answer is None or "status" not in self.scope.facts(self.path):\n',
        ),
        _kills("create", 64),
    ),
    Mutant(
        "a role is made without looking first",
        Change(
            "lambdas.steps.roles",
            "        if answer is None:\n            return Report(\n"
            "                resource=self.path,\n                progress=PACES",
            "        if answer is None or not self.scope.facts(self.path):\n"
            "            return Report(\n                resource=self.path,\n                progress=PACES",
        ),
        _kills("create", 64),
    ),
    Mutant(
        "an execution that is there already is a failure",
        Change(
            "lambdas.aws.executions",
            "except self._client.exceptions.ExecutionAlreadyExists:\n            return",
            "except self._client.exceptions.ExecutionDoesNotExist:\n            return",
        ),
        _kills("create", 1),
    ),
    # whose it is
    Mutant(
        "any role of our name is ours",
        Change(
            "lambdas.steps.roles",
            '            role["Path"] == PATH\n            and tags.get(OWNER_TAG) == self.scope.cluster\n'
            "            and boundary",
            '            role["Path"] == PATH\n            or tags.get(OWNER_TAG) == self.scope.cluster\n'
            "            or boundary",
        ),
        _all(_stranger("role below our path"), _stranger("role that bears our tag")),
    ),
    Mutant(
        "any cluster of our name is ours",
        Change("lambdas.steps.cluster", 'if not is_ours(self.scope, cluster.get("tags")):', "if False:"),
        _stranger("cluster"),
    ),
    Mutant(
        "a foreign cluster is built on",
        Change("lambdas.steps.cluster", 'if not belongs(self.scope, CLUSTER, cluster.get("tags")):', "if False:"),
        _stranger("cluster as ours would be"),
    ),
    Mutant(
        "whatever the cluster has is ours to remove",
        Change("lambdas.steps.reading", _OWNERLESS, "    return True\n"),
        _all(
            _stranger("node group"),
            _stranger("add-on"),
            _stranger("access entry"),
            _stranger("pod identity association"),
        ),
    ),
    Mutant(
        "any log group of our name is ours",
        Change("lambdas.steps.leftovers", "if not _is_logged(self.scope) and not self._is_tagged(group):", "if False:"),
        _stranger("log group"),
    ),
    Mutant(
        "any network interface of EKS's is ours",
        Change(
            "lambdas.steps.leftovers",
            'interface.get("Description") == f"Amazon EKS {scope.cluster}"',
            'interface.get("Description", "").startswith(f"Amazon EKS {scope.cluster}")',
        ),
        _stranger("network interface"),
    ),
    Mutant(
        "schedules are told apart by how their names begin",
        Change(
            "lambdas.domain.schedules",
            'if name.startswith(begins) and "." not in name.removeprefix(begins)]',
            "if name.startswith(cluster)]",
        ),
        _stranger("schedule"),
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
        _lives(LIVES),
    ),
    Mutant(
        "runs work without the lease",
        Change("lambdas.steps.runs", "    if record.lease != run:\n", "    if record.lease is None:\n"),
        _lives(LIVES),
    ),
    Mutant(
        "two may get the lease",
        Change(
            "lambdas.steps.starting",
            "        return status in {None, ALIVE}\n",
            "        return status is None\n",
        ),
        _lives(LIVES),
    ),
    Mutant(
        "sizes are not remembered before sleep",
        Change(
            "lambdas.steps.scaling.group",
            "            return night(memory.remembered) if memory.remembered else None\n",
            "            return night(memory.remembered or Sizes(minSize=0, maxSize=3, desiredSize=0))\n",
        ),
        _kills("wake", 64),
    ),
    Mutant(
        "only the greatest size comes back in the morning",
        Change(
            "lambdas.steps.scaling.group",
            "        return possible(sizes) if sizes else None\n",
            "        return replace(possible(sizes), minSize=0, desiredSize=0) if sizes else None\n",
        ),
        _kills("wake", 64),
    ),
    Mutant(
        "the sizes of the morning are never forgotten",
        Change(
            "lambdas.steps.scaling.group",
            "Power.AWAKE, replace(memory, remembered=None), seen",
            "Power.AWAKE, memory, seen",
        ),
        _lives(LIVES),
    ),
    Mutant(
        "a run that fails keeps the lease",
        Change(
            "lambdas.aws.registry",
            "            self._write(release, close, *map(self._put_event, events))\n        except Collision",
            "            self._write(close, *map(self._put_event, events))\n        except Collision",
        ),
        _all(_lives(LIVES), _kills("create", 8)),
    ),
    Mutant(
        "a conflict at the end of a run is taken for its end",
        Change(
            "lambdas.steps.runs",
            "                self._end(record, known, after, events)\n"
            "            except Conflict:\n                continue\n",
            "                self._end(record, known, after, events)\n"
            "            except Conflict:\n                pass\n",
        ),
        _lives(LIVES),
    ),
    Mutant(
        "another spec during a run is not noticed",
        Change(
            "lambdas.steps.runs", "        return record.generation != record.converging\n", "        return False\n"
        ),
        _lives(LIVES),
    ),
    Mutant(
        "the sweep skips clusters that a run holds",
        Change(
            "lambdas.steps.starting",
            "        if self.is_busy(record):\n            return None\n        freed",
            "        if record.lease:\n            return None\n        freed",
        ),
        _lives(LIVES),
    ),
    Mutant(
        "an update in progress is done",
        Change(
            "lambdas.steps.updating",
            "    if status == _IN_PROGRESS:\n        return sent, rolling",
            "    if not status:\n        return sent, rolling",
        ),
        _all(_kills("update", 8), _lives(LIVES)),
    ),
    Mutant(
        "an update that failed is done",
        Change("lambdas.steps.updating", "    if status == _SUCCESSFUL:\n", "    if status:\n"),
        _all(_kills("update", 16), _lives(LIVES)),
    ),
    Mutant(
        "the log group is forgotten",
        Change(
            "lambdas.steps.leftovers",
            "    yield LogGroupRemoval(scope, others",
            "    if False: yield LogGroupRemoval(scope, others",
        ),
        _kills("delete", 64),
    ),
    Mutant(
        "the log group is deleted once, whatever comes later",
        Change("lambdas.steps.leftovers", "        if looks >= QUIET_LOOKS:\n", "        if looks >= 0:\n"),
        _kills("delete", 16),
    ),
    Mutant(
        "schedules stay behind",
        Change(
            "lambdas.steps.schedules",
            "        there = self._there()\n        if not there:\n            return gone",
            "        there = self._there()\n        if there is not None:\n            return gone",
        ),
        _kills("delete", 64),
    ),
    Mutant(
        "a role keeps its policies",
        Change(
            "lambdas.steps.role_removal",
            'if attached := iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:',
            "if attached := []:",
        ),
        _kills("delete", 64),
    ),
    Mutant(
        "the cluster goes before its node groups",
        Change(
            "lambdas.steps.nodegroup_removal",
            '    return [name for page in pages for name in page["nodegroups"]]',
            "    return []",
        ),
        _kills("delete", 64),
    ),
    Mutant(
        "the end of a run is told, but not written down",
        Change(
            "lambdas.aws.registry",
            "        self._write(release, self._close(run, RunStatus.SUCCEEDED, at, None), "
            "*map(self._put_event, events))\n",
            "        self._write(release, self._close(run, RunStatus.SUCCEEDED, at, None))\n",
        ),
        _kills("create", 1, "small"),
    ),
    Mutant(
        "too many requests are a failure",
        Change(
            "lambdas.domain.failures",
            "    if meaning.disposition in FINAL:\n",
            "    if meaning.disposition in FINAL or error.http_status == 429:\n",
        ),
        _lives(LIVES),
    ),
    Mutant(
        "the calendar's schedules are in UTC",
        Change(
            "lambdas.domain.calendar.boundaries",
            'return Boundary(f"cron({at.minute} {at.hour} ? * {days} *)", timezone, expected)',
            'return Boundary(f"cron({at.minute} {at.hour} ? * {days} *)", "UTC", expected)',
        ),
        _nights(12),
    ),
    Mutant(
        "the calendar is read in UTC",
        Change(
            "lambdas.domain.calendar.clocks",
            "        wall.replace(tzinfo=zone, fold=0).astimezone(UTC),\n"
            "        wall.replace(tzinfo=zone, fold=1).astimezone(UTC),\n",
            "        wall.replace(tzinfo=UTC),\n        wall.replace(tzinfo=UTC),\n",
        ),
        _nights(12),
    ),
    Mutant(
        "nobody follows a run",
        Change("lambdas.steps.runs", "        self.starter.follow(self.cluster, after=run.verb)\n", ""),
        _lives(LIVES),
    ),
)


def main() -> int:
    """Judge all, or those whose names have a word in them; 1 if one that nothing guards survives."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.mutants", description=__doc__)
    parser.add_argument("word", nargs="?", default="")
    asked = parser.parse_args()
    mutants = [it for it in MUTANTS if asked.word in it.name]
    began, surviving = time.monotonic(), 0
    with remembering(), ground() as stands:
        works = [partial(judged, stands, mutant) for mutant in mutants]
        for place, verdict in futures(works, at_once=os.cpu_count() or 1):
            mutant = mutants[place]
            surviving += not verdict.found and not mutant.guard
            _say(f"{mutant.name}: found by {verdict.found} of {verdict.trials} trials")
            _say(f"  {verdict.first}: {verdict.said}" if verdict.found else f"  {mutant.guard or 'SURVIVES'}")
    _say(f"\n{len(mutants)} bugs, {surviving} of them not found, {time.monotonic() - began:.0f} s")
    return int(surviving > 0)


if __name__ == "__main__":
    sys.exit(main())

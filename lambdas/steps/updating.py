"""Changing what is there: one update at a time, followed by its id, and nothing that no update can change."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from lambdas.aws.errors import found
from lambdas.domain import pacing
from lambdas.domain.dispositions import Disposition
from lambdas.domain.frozen import dataclass
from lambdas.domain.issues import Issue, failed_by
from lambdas.domain.paths import ADDONS, NODEGROUPS
from lambdas.domain.planner.differences import Difference, Effect
from lambdas.domain.progress import REFUSE, REPLACE, Action, Failed
from lambdas.domain.tokens import request_token
from lambdas.steps.convergence import Changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from lambdas.domain.planner import Update
    from lambdas.domain.progress import Progress, Report, Waiting
    from lambdas.steps.scope import Scope

IMMUTABLE: Final = "Immutable"
"""The code of the failure that only a replacement, or the old value, mends."""

MOST_TRIES: Final = 3
"""How often a run makes the same change when EKS takes it and the difference comes back."""

_IN_PROGRESS: Final = "InProgress"
_SUCCESSFUL: Final = "Successful"
_FACT: Final = "update"
_ROLLS: Final = frozenset({"update_nodegroup_version"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The last update that was sent: by which run, the how manyth of that run, and how often in a row the same."""

    id: str
    run: str
    key: str
    operation: str
    number: int
    times: int
    status: str = _IN_PROGRESS
    error: Mapping[str, str] | None = None

    @classmethod
    def of(cls, facts: Mapping[str, object]) -> Sent | None:
        """What the facts of a resource say of it."""
        fact = facts.get(_FACT)
        return cls(**fact) if isinstance(fact, dict) else None

    def told(self) -> dict[str, object]:
        """As a fact."""
        members = ("id", "run", "key", "operation", "number", "times", "status", "error")
        return {_FACT: {name: value for name in members if (value := getattr(self, name)) is not None}}

    @property
    def failed(self) -> Failed | None:
        """Its failure, if it failed."""
        if self.error is None:
            return None
        disposition = Disposition(self.error.get("disposition", Disposition.USER))
        return Failed(self.error["error"], self.error["cause"], self.error["remedy"], disposition)


def settled(
    scope: Scope,
    report: Report,
    updates: Iterable[Update],
    *,
    frozen: Sequence[Difference] = (),
    replaced: str = "",
    later: Iterable[Update] = (),
) -> Report:
    """The report on something at rest, with the change that is due, and those after it.

    ``frozen`` is what differs and cannot change; ``replaced`` says what goes if it is made anew, where it can be.
    ``later`` is what others have to be done for first. Who is shown it hears of what cannot change though EKS is still
    at work on something else: a run finds out when that is over.
    """
    sent, waiting = _followed(scope, report.resource)
    known = replace(report, facts={**report.facts, **(sent.told() if sent else {})})
    if waiting is not None and not (frozen and scope.is_shown):
        return replace(known, progress=waiting)
    planned = tuple(_planned(report.resource, update) for update in updates)
    after = tuple(_planned(report.resource, update) for update in later)
    if frozen:
        return _stuck(scope, known, frozen, (*planned, *after), replaced)
    if not planned:
        return replace(known, ahead=after)
    given_up = _given_up(scope, sent, planned[0])
    if given_up is not None:
        return replace(known, progress=given_up, ahead=(*planned, *after))
    wait = pacing.UPDATE_IN_PROGRESS.wait(planned[0].reason)
    return replace(known, progress=wait, action=planned[0], ahead=(*planned[1:], *after))


def send(scope: Scope, action: Action, names: Mapping[str, str]) -> Changed:
    """Make the call of an action's update. ``names`` are the request's members that name the resource."""
    update = action.update
    if update is None:
        raise LookupError(f"{action.resource}: no update makes good what differs")
    before, key = _sent_by(scope, action.resource), _key(update)
    number = before.number + 1 if before else 1
    call: Callable[..., dict[str, Any]] = getattr(scope.aws.eks, update.operation)
    request = dict(update.request)
    if not update.whole:
        content = {"run": scope.run, "operation": update.operation, **update.request}
        request |= {
            **names,
            "clientRequestToken": request_token(scope.cluster, action.resource, content, remade=number),
        }
    answer = call(**request).get("update", {})
    times = before.times + 1 if before and before.key == key else 1
    sent = Sent(
        id=answer.get("id", ""),
        run=scope.run,
        key=key,
        operation=update.operation,
        number=number,
        times=times,
        status=_IN_PROGRESS if answer else _SUCCESSFUL,
    )
    wait = _patience(update)
    return Changed(wait if answer else replace(wait, retry_after_seconds=1), sent.told())


def rolling(scope: Scope, resource: str, detail: str) -> Progress:
    """Wait for an update to end: for longer where it replaces nodes."""
    sent = Sent.of(scope.facts(resource))
    patience = pacing.NODES_ROLLING if sent and sent.operation in _ROLLS else pacing.UPDATE_IN_PROGRESS
    return patience.wait(detail)


def _followed(scope: Scope, resource: str) -> tuple[Sent | None, Progress | None]:
    """The last update with what became of it, and what there is to wait for."""
    sent = Sent.of(scope.facts(resource))
    if sent is None or sent.status != _IN_PROGRESS:
        return sent, None
    update_id = sent.id
    answer = found(lambda: scope.aws.eks.describe_update(name=scope.cluster, updateId=update_id, **_part_of(resource)))
    if answer is None:  # it went with what it changed
        return replace(sent, status="Gone"), None
    update = answer["update"]
    status = update.get("status", _SUCCESSFUL)
    if status == _IN_PROGRESS:
        return sent, rolling(scope, resource, f"EKS works on the {update.get('type', 'update')} {sent.id}")
    if status == _SUCCESSFUL:
        return replace(sent, status=status), None
    errors = [
        Issue(
            code=it.get("errorCode", "Unknown"),
            message=it.get("errorMessage", ""),
            resource_ids=tuple(it.get("resourceIds", ())),
        )
        for it in update.get("errors", ())
    ]
    failed = failed_by(errors, f"The update {sent.id} ended as {status}, and EKS gives no reason.")
    error = {
        "error": failed.error,
        "cause": failed.cause,
        "remedy": failed.remedy,
        "disposition": str(failed.disposition),
    }
    return replace(sent, status=status, error=error), None


def _part_of(resource: str) -> dict[str, str]:
    if resource.startswith(NODEGROUPS):
        return {"nodegroupName": resource.removeprefix(NODEGROUPS)}
    if resource.startswith(ADDONS):
        return {"addonName": resource.removeprefix(ADDONS)}
    return {}


def _sent_by(scope: Scope, resource: str) -> Sent | None:
    """The last update of this run: another run begins to count anew."""
    sent = Sent.of(scope.facts(resource))
    return sent if sent and sent.run == scope.run else None


def _given_up(scope: Scope, sent: Sent | None, due: Action) -> Failed | None:
    """Why the run does not make the change once more, if it does not."""
    if sent is None or due.update is None or sent.run != scope.run or sent.key != _key(due.update):
        return None
    if sent.failed:
        return sent.failed
    if sent.times < MOST_TRIES:
        return None
    fields = ", ".join(it.field for it in due.differences)
    return Failed(
        "ChangedOutside",
        f"It was changed {MOST_TRIES} times, EKS took it, and it differs again: {fields}.",
        "Find who changes it back, in CloudTrail; then send the same spec again.",
        Disposition.PAGE,
    )


def _stuck(
    scope: Scope, report: Report, frozen: Sequence[Difference], planned: tuple[Action, ...], replaced: str
) -> Report:
    fields = ", ".join(it.field for it in frozen)
    if replaced and report.resource in scope.replaceable:
        action = Action(
            verb=REPLACE,
            resource=report.resource,
            reason=f"{reasons(frozen)}, which EKS cannot change",
            consequence=Effect.REPLACED.saying(replaced),
            differences=tuple(frozen),
        )
        return replace(report, progress=pacing.BEING_DELETED.wait(f"made anew, for {fields}"), action=action)
    way_out = (
        f"Ask for it to be replaced, by replace={report.resource} ({replaced}), or leave {fields} as it is."
        if replaced
        else _left_as_it_is(frozen)
    )
    refused = Action(
        verb=REFUSE,
        resource=report.resource,
        reason=f"{reasons(frozen)}, which EKS cannot change",
        consequence=Effect.REFUSED.saying(way_out),
        differences=tuple(frozen),
    )
    failed = Failed(IMMUTABLE, f"{refused.reason}.", way_out)
    return replace(report, progress=failed, ahead=(refused, *planned))


def _left_as_it_is(frozen: Sequence[Difference]) -> str:
    """The way out of what cannot change. A version may be ahead of a spec that says none: EKS upgrades by itself."""
    versions = [it.actual for it in frozen if it.field == "version"]
    fields = ", ".join(it.field for it in frozen if it.field != "version")
    ways = [f"Set version to {version}, which the cluster has: EKS takes none back." for version in versions]
    return " ".join([*ways, *([f"Leave {fields} as it is: no call can change it."] if fields else [])])


def _planned(resource: str, update: Update) -> Action:
    return Action(
        verb=update.verb,
        resource=resource,
        reason=reasons(update.differences),
        consequence=update.effect.saying(update.outcome),
        differences=update.differences,
        update=update,
        rung=update.rung,
    )


def reasons(differences: Iterable[Difference]) -> str:
    """The differences in words."""
    return "; ".join(f"{it.field} is {_said(it.actual)}, wanted {_said(it.wanted)}" for it in differences)


def _said(value: object) -> str:
    return "not there" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _patience(update: Update) -> Waiting:
    patience = pacing.NODES_ROLLING if update.operation in _ROLLS else pacing.UPDATE_IN_PROGRESS
    return patience.wait(update.outcome)


def _key(update: Update) -> str:
    return request_token("", update.operation, update.request)[:16]

"""One UpdateNodegroupConfig: asking for sizes, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from lambdas.aws.errors import found
from lambdas.domain.issues import Issue, failed_by
from lambdas.domain.pacing import PACES, Part
from lambdas.domain.sizes import IN_PROGRESS, SUCCESSFUL, SizeUpdate, in_words
from lambdas.domain.tokens import request_token

if TYPE_CHECKING:
    from mypy_boto3_eks.type_defs import ErrorDetailTypeDef

    from lambdas.domain.progress import Progress
    from lambdas.domain.records import Sizes
    from lambdas.domain.sizes import Memory
    from lambdas.steps.scope import Scope


def ask(scope: Scope, nodegroup: str, memory: Memory, wanted: Sizes) -> SizeUpdate:
    """Ask for all three sizes at once: EKS refuses any that contradict what it has.

    The token is the run's own, so that a repetition is answered by the first call's update, and each night has its own.
    """
    sizes, number = msgspec.to_builtins(wanted), memory.next_number(scope.run)
    update = scope.aws.eks_by_turns.update_nodegroup_config(
        clusterName=scope.cluster,
        nodegroupName=nodegroup,
        scalingConfig=sizes,
        clientRequestToken=request_token(scope.cluster, nodegroup, {"run": scope.run, **sizes}, remade=number),
    )["update"]
    return SizeUpdate(
        id=update["id"],
        run=scope.run,
        number=number,
        scalingConfig=wanted,
        createdAt=update["createdAt"].isoformat(timespec="seconds"),
    )


def settled(scope: Scope, nodegroup: str, memory: Memory, wanted: Sizes | None) -> tuple[Memory, Progress | None]:
    """The memory with what became of the newest update, and what there is to wait for or to give up.

    Only the failure of what this run itself asked for, and still wants, is a failure.
    """
    update = memory.updates[-1] if memory.updates else None
    if update is None or memory.is_settled:
        return memory, None
    still_wanted = wanted is not None and memory.tries(scope.run, wanted) > 0
    if update.status != IN_PROGRESS and not still_wanted:
        return memory, None
    asked_at, pace = datetime.fromisoformat(update.createdAt), PACES[Part.SIZES]
    asked = pace.wait(
        f"EKS changes the sizes: {in_words(update.scalingConfig)}", created_at=asked_at, now=scope.night.now
    )
    if timedelta(0) <= scope.night.now - asked_at < timedelta(seconds=pace.first):  # it is another one's look
        return memory, asked
    update_id = update.id
    answer = found(
        lambda: scope.aws.eks_by_turns.describe_update(name=scope.cluster, nodegroupName=nodegroup, updateId=update_id)
    )
    if answer is None:  # it went with its node group
        return memory, None
    status = answer["update"]["status"]
    known = memory.ended(status)
    if status == IN_PROGRESS:
        return known, asked
    if status == SUCCESSFUL or not still_wanted:
        return known, None
    errors = [_issue(error) for error in answer["update"].get("errors", [])]
    return known, failed_by(errors, f"The update {update_id} ended as {status}, and EKS gives no reason.")


def _issue(error: ErrorDetailTypeDef) -> Issue:
    return Issue(
        code=error.get("errorCode", "Unknown"),
        message=error.get("errorMessage", ""),
        resource_ids=tuple(error.get("resourceIds", ())),
    )

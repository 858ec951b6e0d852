"""What EKS says of one cluster, path by path, and what is done to it over HTTP."""

from __future__ import annotations

import json
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from tests.sandbox.conftest import fetch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.sandbox.conftest import Client, Json, RunningSandbox

_PASSES: Final = re.compile(r"\w+(?:At|Time)|issues")
"""When something happened, and what may come and go by itself."""

PATIENCE_SECONDS: Final = 120
ACCEPTED, CONFLICT = 202, 409

View = dict[str, object]


def view(sandbox: RunningSandbox, cluster: str) -> View:
    """Every member of the cluster and of what is in it, by path. Lists are values; names stand for what has ids."""
    return {path: value for name, body in _parts(sandbox.client("eks"), cluster) for path, value in _leaves(name, body)}


def changed(before: View, after: View) -> dict[str, object]:
    """The paths at which something else is now, with what it is; the name of what came (True) or went (False)."""
    kept = _names(before) & _names(after)
    whole = {name: name in _names(after) for name in _names(before) ^ _names(after)}
    paths = [path for path in before | after if before.get(path) != after.get(path)]
    return {**whole, **{path: after.get(path) for path in paths if _name(path) in kept}}


def _names(there: View) -> set[str]:
    return {_name(path) for path in there}


def _name(path: str) -> str:
    return path.partition("|")[0]


def _parts(eks: Client, cluster: str) -> Iterator[tuple[str, Json]]:
    of = {"clusterName": cluster}
    yield "cluster", eks.describe_cluster(name=cluster)["cluster"]
    for name in eks.list_nodegroups(**of)["nodegroups"]:
        yield f"nodegroups/{name}", eks.describe_nodegroup(**of, nodegroupName=name)["nodegroup"]
    for name in eks.list_addons(**of)["addons"]:
        yield f"addons/{name}", eks.describe_addon(**of, addonName=name)["addon"]
    for arn in eks.list_access_entries(**of)["accessEntries"]:
        entry = eks.describe_access_entry(**of, principalArn=arn)["accessEntry"]
        policies = eks.list_associated_access_policies(**of, principalArn=arn)["associatedAccessPolicies"]
        held = sorted(it["policyArn"].rpartition("/")[2] for it in policies)
        yield f"access/{arn.rpartition('/')[2]}", {**entry, "policies": held}
    for it in eks.list_pod_identity_associations(**of)["associations"]:
        found = eks.describe_pod_identity_association(**of, associationId=it["associationId"])["association"]
        yield f"pods/{it['namespace']}/{it['serviceAccount']}", found


def _leaves(path: str, body: Json) -> Iterator[tuple[str, object]]:
    if not isinstance(body, dict):
        yield path, body
        return
    for name, value in body.items():
        if not _PASSES.fullmatch(name):
            yield from _leaves(f"{path}|{name}", value)


def call(sandbox: RunningSandbox, method: str, path: str, body: Json = None) -> Json:
    """The answer to a request that has to be accepted."""
    status, answer = sandbox.call_api(method, path, body)
    assert status in {200, 202}, answer
    return answer


def insist(sandbox: RunningSandbox, method: str, path: str, body: Json) -> Json:
    """The same, by somebody who sends it again when others were quicker, as the problem says."""
    status, answer = CONFLICT, None
    deadline = time.monotonic() + PATIENCE_SECONDS
    while status == CONFLICT and time.monotonic() < deadline:
        status, answer = sandbox.call_api(method, path, body)
    assert status == ACCEPTED, answer
    return answer


def succeeded(sandbox: RunningSandbox, answer: Json) -> Json:
    """The run that an answer names, once it and whatever follows it have ended, well."""
    run = at_rest(sandbox, answer["run"]["cluster"], answer["run"]["id"])
    assert run["status"] == "SUCCEEDED", run["error"]
    return run


def at_rest(sandbox: RunningSandbox, cluster: str, run_id: str) -> Json:
    """A run once neither it nor any other of its cluster's goes on, as two looks agree: between them one may follow.

    That a run has ended and that the next one is started are two writes.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    runs: list[Json] = []
    while time.monotonic() < deadline:
        before, runs = runs, sandbox.call_api("GET", f"/clusters/{cluster}/runs")[1]["items"]
        if runs == before and "RUNNING" not in {it["status"] for it in runs}:
            return next(it for it in runs if it["id"] == run_id)
        time.sleep(1)
    raise AssertionError(f"{cluster} does not come to rest: {json.dumps(runs, indent=1)}")


@contextmanager
def fault(sandbox: RunningSandbox, **rule: Json) -> Iterator[None]:
    """A fault rule that stands for a while."""
    url = f"{sandbox.url}/_sandbox/faults"
    status, said = fetch(url, method="POST", body=json.dumps(rule).encode())
    assert status == 201, said
    try:
        yield
    finally:
        fetch(f"{url}/{said['id']}", method="DELETE")


def alter(sandbox: RunningSandbox, deed: str, named: Mapping[str, str], **members: Json) -> None:
    """Let somebody else have changed what EKS shows, at once."""
    with fault(sandbox, rule="change", does=deed, params={**named, **members}):
        pass

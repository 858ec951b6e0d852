import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from cli import main
from cli.errors import ExitCode
from cli.timeline import ending
from cli.versions import version
from lambdas.domain.runs import Verb
from tests.unit.cli.conftest import Terminal
from tests.unit.cli.samples import (
    CONSOLE,
    COREDNS,
    CREATED,
    CREATING,
    NOW,
    RUN_ID,
    a_cluster,
    a_run,
    failed,
    succeeded,
)
from tests.unit.cli.server import DROPPED, Answer, ScriptedApi

if TYPE_CHECKING:
    from cli.shapes import Run

SPEC = "name: simple-bank\nversion: 1.30\n"
ACCEPTED = f"simple-bank: generation 1 accepted, run {RUN_ID} RUNNING\nconsole: {CONSOLE}\n"
STARTED = f"2026-10-07T12:00:00Z run {RUN_ID} RUNNING\n"
KUBECONFIG = yaml.safe_dump(
    {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "simple-bank", "cluster": {"server": "https://x"}}],
        "users": [],
        "contexts": [],
        "current-context": "simple-bank",
    }
)
LOG = (
    f"{STARTED}"
    "2026-10-07T12:01:00Z cluster Waiting: EKS is creating the cluster\n"
    "2026-10-07T12:08:00Z cluster Ready\n"
    "2026-10-07T12:08:00Z addons/coredns Waiting: no node yet\n"
    "SUCCEEDED after 9m30s: provision of simple-bank\n"
)


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    return str(path)


@pytest.fixture
def accepting(served: ScriptedApi) -> ScriptedApi:
    """Accepts a spec; its run succeeds after three looks."""
    served.script("POST /clusters", Answer(202, {"cluster": a_cluster(), "run": a_run()}))
    runs = [a_run(CREATING), a_run(CREATING), a_run(CREATED, COREDNS), succeeded(CREATED, COREDNS)]
    served.script(f"GET /runs/{RUN_ID}", *[Answer(200, run) for run in runs])
    return served


def test_apply_sends_the_spec_and_names_the_run(accepting: ScriptedApi, slipway: Terminal, spec: str) -> None:
    result = slipway("apply", "-f", spec)
    assert (result.exit_code, result.stdout, result.stderr) == (0, ACCEPTED, "")
    assert [request.json for request in accepting.requests] == [{"name": "simple-bank", "version": "1.30"}]


@pytest.mark.usefixtures("accepting")
def test_apply_can_wait_and_writes_a_line_for_each_change(slipway: Terminal, spec: str) -> None:
    result = slipway("apply", "-f", spec, "--wait")
    assert (result.exit_code, result.stdout) == (0, ACCEPTED + LOG)


@pytest.mark.usefixtures("accepting")
def test_apply_for_a_program_keeps_stdout_to_the_answer(slipway: Terminal, spec: str) -> None:
    result = slipway("apply", "-f", spec, "--wait", "-o", "json")
    assert json.loads(result.stdout) == {"cluster": a_cluster(), "run": a_run()}
    assert (result.exit_code, result.stderr) == (0, LOG)


def test_apply_reads_standard_input(accepting: ScriptedApi, slipway: Terminal) -> None:
    assert slipway("apply", "-f", "-", stdin='{"name": "piped"}').exit_code == 0
    assert accepting.requests[0].json == {"name": "piped"}


def test_update_sends_the_spec_to_its_cluster(served: ScriptedApi, slipway: Terminal, spec: str) -> None:
    served.script("PUT /clusters/simple-bank", Answer(202, {"cluster": a_cluster(), "run": a_run()}))
    result = slipway("update", "-f", spec)
    assert (result.exit_code, result.stdout, result.stderr) == (0, ACCEPTED, "")
    assert [request.json for request in served.requests] == [{"name": "simple-bank", "version": "1.30"}]


def test_an_update_to_what_there_is_has_no_run_to_watch(served: ScriptedApi, slipway: Terminal, spec: str) -> None:
    done = {**a_run(), "status": "SUCCEEDED"}
    served.script("PUT /clusters/simple-bank", Answer(200, {"cluster": a_cluster(), "run": done}))
    result = slipway("update", "-f", spec, "--wait")
    assert (result.exit_code, served.routes()) == (0, ["PUT /clusters/simple-bank"])
    assert result.stdout.startswith("simple-bank: nothing to do: ")


@pytest.mark.parametrize("text", ["a: 1", "name:", "name: [a]", "[]"])
def test_an_update_of_nobody_reaches_nobody(served: ScriptedApi, slipway: Terminal, text: str) -> None:
    result = slipway("update", "-f", "-", stdin=text)
    assert (result.exit_code, served.requests) == (ExitCode.USAGE, [])
    assert "the spec has no name" in result.stderr


def test_delete_asks_the_api_and_names_the_run(served: ScriptedApi, slipway: Terminal) -> None:
    served.script("DELETE /clusters/simple-bank", Answer(202, {"cluster": a_cluster(), "run": a_run()}))
    result = slipway("delete", "simple-bank")
    assert (result.exit_code, served.routes()) == (0, ["DELETE /clusters/simple-bank"])
    assert RUN_ID in result.stdout


@pytest.mark.parametrize(
    ("typed", "options", "asked"), [("y\n", (), True), ("n\n", (), False), ("", (), False), ("", ("--yes",), True)]
)
def test_delete_on_a_terminal_wants_to_be_told_twice(
    served: ScriptedApi,
    slipway: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    options: tuple[str, ...],
    *,
    asked: bool,
) -> None:
    monkeypatch.setattr(main, "is_interactive", lambda _: True)
    served.script("DELETE /clusters/simple-bank", Answer(202, {"cluster": a_cluster(), "run": a_run()}))
    result = slipway("delete", "simple-bank", "--no-wait", *options, stdin=typed)
    assert served.routes() == (["DELETE /clusters/simple-bank"] if asked else [])
    assert result.exit_code == (0 if asked else ExitCode.FAILED)


def test_the_end_of_a_deletion_is_its_receipt() -> None:
    run: Run = {**succeeded(), "verb": Verb.DESTROY, "deleted": ["cluster", "roles/node"]}
    run["left"] = [{"resource": "roles/cluster", "why": "it is somebody else's"}]
    assert ending(run, NOW) == [
        "SUCCEEDED after 9m30s: destroy of simple-bank",
        "  deleted: cluster, roles/node",
        "  left:    roles/cluster: it is somebody else's",
    ]
    run["lookedFor"] = ["cluster", "log group"]
    assert ending(run, NOW)[-1] == "  nothing else found of: cluster; log group"
    run["left"] = []
    assert ending(run, NOW)[-1] == "  nothing found of: cluster; log group"


def test_a_run_that_fails_says_why_and_what_to_do(accepting: ScriptedApi, slipway: Terminal, spec: str) -> None:
    accepting.script(f"GET /runs/{RUN_ID}", Answer(200, failed()))
    result = slipway("apply", "-f", spec, "--wait")
    assert result.exit_code == ExitCode.FAILED
    assert result.stdout == (
        f"{ACCEPTED}{STARTED}FAILED after 3m00s: provision of simple-bank\n"
        "  code:   ResourceLimitExceeded\n"
        "  cause:  the account has [too many] clusters\n"
        "  remedy: Ask for a higher quota.\n"
        "  exists: cluster CREATING, roles/node\n"
    )


def test_a_refused_spec_is_a_list_of_fields(served: ScriptedApi, slipway: Terminal, spec: str) -> None:
    error = {"pointer": "/version", "detail": "EKS has no [1.30]", "remedy": "Ask for 1.33."}
    problem = {"title": "The spec cannot be built", "status": 422, "errors": [error]}
    served.script("POST /clusters", Answer(422, problem, {"Content-Type": "application/problem+json"}))
    result = slipway("apply", "-f", spec)
    assert (result.exit_code, result.stdout) == (ExitCode.FAILED, "")
    assert result.stderr == "error: The spec cannot be built\n  /version: EKS has no [1.30] -> Ask for 1.33.\n"


def test_a_broken_file_reaches_nobody(served: ScriptedApi, slipway: Terminal) -> None:
    result = slipway("plan", "-f", "-", stdin="a: 1\na: 2\n")
    assert (result.exit_code, served.requests) == (ExitCode.USAGE, [])
    assert result.stderr == "error: standard input:2:1: the key 'a' is already on line 1: keep one of the two\n"


PLAN = {
    "actions": [
        {"verb": "create", "resource": "cluster", "reason": "there is none", "consequence": "created: in [9] minutes",
         "differences": []},
        {"verb": "update", "resource": "nodegroups/a", "reason": "", "consequence": "in place: nodes get labels",
         "differences": [{"field": "labels", "actual": None, "wanted": {"a": "[b]"}}]},
        {"verb": "delete", "resource": "addons/x", "reason": "gone", "consequence": "deleted: it goes",
         "differences": []},
        {"verb": "attach", "resource": "roles/node/P", "reason": "", "consequence": "P is attached", "differences": []},
        {"verb": "wait", "resource": "addons/y", "reason": "CREATING", "consequence": "A run would look again.",
         "differences": []},
    ]
}  # fmt: skip
REVIEW = """\
+ create cluster
      there is none
      created: in [9] minutes
~ update nodegroups/a
      in place: nodes get labels
      labels
        + {"a": "[b]"}
- delete addons/x
      gone
      deleted: it goes
+ attach roles/node/P
      P is attached
… wait addons/y
      CREATING
      A run would look again.
2 created, 1 in place, 1 deleted
"""


def test_a_plan_reads_like_a_review(served: ScriptedApi, slipway: Terminal, spec: str) -> None:
    served.script("POST /plan", Answer(200, PLAN))
    assert slipway("plan", "-f", spec).stdout == REVIEW
    assert json.loads(slipway("plan", "-f", spec, "-o", "json").stdout) == PLAN


def test_a_plan_of_a_known_cluster_needs_no_file(served: ScriptedApi, slipway: Terminal) -> None:
    served.script("POST /clusters/simple-bank/plan", Answer(200, {"actions": []}))
    assert slipway("plan", "simple-bank").stdout == "Nothing to do: everything is as described.\n"
    served.script("POST /clusters/simple-bank/plan?replace=nodegroups%2Fa", Answer(200, PLAN))
    assert slipway("plan", "simple-bank", "--replace", "nodegroups/a").stdout == REVIEW


@pytest.mark.parametrize("more", [[], ["simple-bank", "-f", "-"]])
def test_a_plan_is_of_a_name_or_of_a_file(slipway: Terminal, more: list[str]) -> None:
    result = slipway("plan", *more, stdin="name: a")
    assert (result.exit_code, "NAME" in result.stderr) == (ExitCode.USAGE, True)


def test_what_may_be_made_anew_is_asked_for_by_name(served: ScriptedApi, slipway: Terminal, spec: str) -> None:
    replacing = "?replace=nodegroups%2Fa%2Caddons%2Fx"
    served.script(f"POST /plan{replacing}", Answer(200, PLAN))
    served.script(f"PUT /clusters/simple-bank{replacing}", Answer(202, {"cluster": a_cluster(), "run": a_run()}))
    named = ("--replace", "nodegroups/a", "--replace", "addons/x")
    assert slipway("plan", "-f", spec, *named).stdout == REVIEW
    assert slipway("update", "-f", spec, *named).exit_code == 0


def test_drift_shows_what_differs_and_since_when(served: ScriptedApi, slipway: Terminal) -> None:
    finding = {"resource": "cluster", "field": "logging.clusterLogging", "actual": ["api"], "wanted": ["audit"],
               "reason": "", "repairable": True, "since": "2026-10-07T11:00:00+00:00"}  # fmt: skip
    broken = {**finding, "resource": "nodegroups/a", "field": "", "reason": "DEGRADED", "repairable": False}
    found = {"policy": "report", "lookedAt": "2026-10-07T12:00:00+00:00", "items": [finding, broken]}
    served.script("GET /clusters/simple-bank/drift", Answer(200, found))
    served.script("POST /clusters/simple-bank/drift", Answer(200, {**found, "items": []}))
    assert (
        slipway("drift", "simple-bank").stdout
        == """\
drift: report; looked at 2026-10-07T12:00:00+00:00
~ cluster
      since 2026-10-07T11:00:00+00:00
      logging.clusterLogging
        - ["api"]
        + ["audit"]
~ nodegroups/a
      since 2026-10-07T11:00:00+00:00, nothing that a run can repair
      DEGRADED
"""
    )
    assert slipway("drift", "simple-bank", "--look").stdout.endswith("Nothing differs.\n")


def test_get_lists_the_clusters_of_every_page(served: ScriptedApi, slipway: Terminal) -> None:
    served.script("GET /clusters", Answer(200, {"items": [a_cluster()], "nextToken": "n"}))
    served.script("GET /clusters?nextToken=n", Answer(200, {"items": [a_cluster(a_run())]}))
    assert slipway("get").stdout.count("simple-bank") == 2
    assert json.loads(slipway("get", "-o", "json").stdout) == [a_cluster(), a_cluster(a_run())]


def test_get_shows_one_cluster(served: ScriptedApi, slipway: Terminal) -> None:
    served.script("GET /clusters/simple-bank", Answer(200, a_cluster()))
    assert "waiting for [addons/coredns]" in slipway("get", "simple-bank").stdout
    printed = slipway("get", "simple-bank", "-o", "yaml").stdout
    assert yaml.safe_load(printed) == a_cluster()
    assert "version: '1.30'" in printed


def test_runs_lists_the_runs(served: ScriptedApi, slipway: Terminal) -> None:
    served.script("GET /clusters/simple-bank/runs", Answer(200, {"items": [succeeded()]}))
    assert "✓ SUCCEEDED" in slipway("runs", "simple-bank").stdout
    assert json.loads(slipway("runs", "simple-bank", "-o", "json").stdout) == [succeeded()]


@pytest.mark.parametrize("name", ["simple-bank", RUN_ID])
def test_watch_takes_a_cluster_or_a_run(accepting: ScriptedApi, slipway: Terminal, name: str) -> None:
    accepting.script("GET /clusters/simple-bank", Answer(200, a_cluster(a_run())))
    result = slipway("watch", name)
    assert (result.exit_code, result.stdout.endswith(LOG[-60:])) == (0, True)


def test_watch_ends_with_one_if_the_run_failed(served: ScriptedApi, slipway: Terminal) -> None:
    served.script(f"GET /runs/{RUN_ID}", Answer(200, failed()))
    assert slipway("watch", RUN_ID).exit_code == ExitCode.FAILED


def test_watch_says_when_there_is_nothing_to_watch(served: ScriptedApi, slipway: Terminal) -> None:
    unknown = slipway("watch", "nobody")
    assert unknown.stderr == ("error: no cluster and no run is called nobody: `slipway get` lists the clusters\n")
    served.script("GET /clusters/new", Answer(200, a_cluster(None)))
    assert slipway("watch", "new").stderr == ("error: new has had no run yet: `slipway apply` starts one\n")


@pytest.mark.parametrize("path", ["/clusters/x", "/runs/x"])
def test_watch_tells_a_refusal_from_an_absence(served: ScriptedApi, slipway: Terminal, path: str) -> None:
    served.script(f"GET {path}", Answer(403, {"title": "Not yours"}))
    assert slipway("watch", "x").stderr == "error: Not yours\n"


@pytest.mark.usefixtures("accepting")
def test_interrupting_a_watch_leaves_the_run_going(slipway: Terminal) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    slipway.on_pause = interrupt
    result = slipway("watch", RUN_ID)
    assert result.exit_code == ExitCode.INTERRUPTED
    assert result.stderr == (f"stopped watching; the run goes on, and `slipway watch {RUN_ID}` comes back to it\n")


def test_interrupting_anything_else_says_so(served: ScriptedApi, slipway: Terminal) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    served.script("GET /clusters", Answer(503))
    slipway.on_pause = interrupt
    result = slipway("get")
    assert (result.exit_code, result.stderr) == (ExitCode.INTERRUPTED, "interrupted\n")


def test_losing_the_api_while_watching_says_how_to_come_back(served: ScriptedApi, slipway: Terminal) -> None:
    served.script(f"GET /runs/{RUN_ID}", Answer(200, a_run()), Answer(200, a_run(CREATING)), DROPPED)
    result = slipway("watch", RUN_ID)
    lost, come_back = result.stderr.splitlines()
    assert (result.exit_code, result.stdout.endswith("EKS is creating the cluster\n")) == (1, True)
    assert lost.startswith(f"error: cannot reach {served.url} (")
    assert come_back == f"  the run goes on, and `slipway watch {RUN_ID}` comes back to it"
    assert len(slipway.pauses) == 10


def test_kubeconfig_goes_to_stdout_as_it_is(served: ScriptedApi, slipway: Terminal) -> None:
    served.script("GET /clusters/simple-bank/kubeconfig", Answer(200, KUBECONFIG))
    assert slipway("kubeconfig", "simple-bank").stdout == KUBECONFIG


def test_kubeconfig_goes_to_a_file(served: ScriptedApi, slipway: Terminal, tmp_path: Path) -> None:
    served.script("GET /clusters/simple-bank/kubeconfig", Answer(200, KUBECONFIG))
    path = tmp_path / "config"
    result = slipway("kubeconfig", "simple-bank", "--output", str(path))
    assert (result.stdout, result.stderr) == ("", f"{path} written\n")
    assert path.read_text() == KUBECONFIG


def test_kubeconfig_is_merged_where_kubectl_looks(served: ScriptedApi, slipway: Terminal, tmp_path: Path) -> None:
    served.script("GET /clusters/simple-bank/kubeconfig", Answer(200, KUBECONFIG))
    result = slipway("kubeconfig", "simple-bank", "--merge")
    path = tmp_path / ".kube" / "config"
    assert (result.stdout, result.stderr) == ("", f"{path}: context simple-bank is now current\n")
    assert yaml.safe_load(path.read_text())["current-context"] == "simple-bank"


def test_kubeconfig_has_one_destination(slipway: Terminal, tmp_path: Path) -> None:
    result = slipway("kubeconfig", "simple-bank", "--merge", "--output", str(tmp_path / "config"))
    assert result.exit_code == ExitCode.USAGE
    assert result.stderr.startswith("error: --merge and --output exclude each other")


def test_shared_options_work_after_the_command(server: ScriptedApi, slipway: Terminal) -> None:
    server.script("GET /clusters", Answer(200, {"items": []}))
    assert slipway("get", "--url", server.url, "--region", "eu-north-1").exit_code == 0
    assert "/eu-north-1/execute-api/" in server.requests[0].headers["Authorization"]


def test_the_version_is_the_packages(slipway: Terminal) -> None:
    assert slipway("--version").stdout == f"slipway {version()}\n"


@pytest.mark.parametrize(
    "command",
    [
        "apply",
        "update",
        "delete",
        "plan",
        "drift",
        "events",
        "get",
        "watch",
        "runs",
        "kubeconfig",
        "schema",
        "schedule",
        "sleep",
        "wake",
        "scale",
    ],
)
def test_every_command_explains_itself_with_an_example(slipway: Terminal, command: str) -> None:
    assert f"Example: slipway {command} " in slipway(command, "--help").stdout


@pytest.mark.parametrize("typed", ["", "nonsense", "apply", "get --nonsense", "get -o xml"])
def test_a_wrong_call_is_a_usage_error(slipway: Terminal, typed: str) -> None:
    assert slipway(*typed.split()).exit_code == ExitCode.USAGE

"""A cluster and its run, as the API writes them."""

from datetime import UTC, datetime

from cli.shapes import Arranged, Cluster, ClusterStatus, NightStatus, Run, Schedule, Step, Upcoming
from lambdas.domain.names import run_id
from lambdas.domain.progress import Word
from lambdas.domain.runs import RunStatus, Verb

NOW = datetime(2026, 10, 7, 12, 10, tzinfo=UTC)
RUN_ID = run_id("simple-bank", Verb.PROVISION, 1, 1)
CONSOLE = "https://eu-central-1.console.aws.amazon.com/states/home#/executions/details/x"


def step(name: str, status: str, *, minute: int, reason: str = "") -> Step:
    """A step that entered its state so many minutes after noon."""
    return {"name": name, "status": status, "reason": reason, "since": f"2026-10-07T12:{minute:02}:00Z"}


def a_run(*steps: Step) -> Run:
    return {
        "id": RUN_ID,
        "cluster": "simple-bank",
        "verb": Verb.PROVISION,
        "generation": 1,
        "status": RunStatus.RUNNING,
        "startedAt": "2026-10-07T12:00:00Z",
        "endedAt": None,
        "consoleUrl": CONSOLE,
        "steps": list(steps),
        "error": None,
        "deleted": [],
        "left": [],
        "lookedFor": [],
    }


def succeeded(*steps: Step) -> Run:
    return {**a_run(*steps), "status": RunStatus.SUCCEEDED, "endedAt": "2026-10-07T12:09:30Z"}


def failed(*steps: Step) -> Run:
    return {
        **a_run(*steps),
        "status": RunStatus.FAILED,
        "endedAt": "2026-10-07T12:03:00Z",
        "error": {
            "code": "ResourceLimitExceeded",
            "cause": "the account has [too many] clusters",
            "remedy": "Ask for a higher quota.",
            "exists": ["cluster CREATING", "roles/node"],
        },
    }


CREATING = step("cluster", Word.WAITING, minute=1, reason="EKS is creating the cluster")
CREATED = step("cluster", Word.READY, minute=8)
COREDNS = step("addons/coredns", Word.WAITING, minute=8, reason="no node yet")


MORNING: Upcoming = {
    "at": {"utc": "2026-10-08T05:30:00+00:00", "local": "Thu 2026-10-08 07:30 CEST"},
    "what": "wake",
    "why": "Mon-Fri 07:30-20:30 begins.",
}
NEVER_SLEEPS: NightStatus = {
    "awake": True,
    "why": "It has no calendar, so it never sleeps.",
    "until": None,
    "power": "awake",
    "nextEvents": [],
    "savedNodeHours": 0.0,
    "nodegroups": [],
    "updates": [],
}
ASLEEP: NightStatus = {
    "awake": False,
    "why": "It is outside Mon-Fri 07:30-20:30 (Europe/Berlin).",
    "until": MORNING["at"],
    "power": "asleep",
    "nextEvents": [MORNING],
    "savedNodeHours": 41.5,
    "nodegroups": [{"nodegroupName": "workers", "minSize": 1, "maxSize": 5, "desiredSize": 3}],
    "updates": [
        {
            "nodegroupName": "workers",
            "updateId": "5a1b0c3d",
            "status": "Successful",
            "createdAt": "2026-10-07T18:30:04+00:00",
            "minSize": 0,
            "maxSize": 5,
            "desiredSize": 0,
        }
    ],
}
SCHEDULE: Schedule = {
    "calendar": {"timezone": "Europe/Berlin", "awake": ["Mon-Fri 07:30-20:30"], "exceptions": [], "nodegroups": []},
    "override": {"state": "asleep", "until": MORNING["at"]},
    "desired": {"state": "asleep", "reason": "It was put to sleep by hand.", "until": MORNING["at"]},
    "nextEvents": [MORNING],
}


NOTHING_KNOWN: ClusterStatus = {
    "conditions": [],
    "version": None,
    "endpoint": None,
    "nodegroups": [],
    "addons": [],
    "night": NEVER_SLEEPS,
}


def a_cluster(run: Run | None = None) -> Cluster:
    return {
        "name": "simple-bank",
        "generation": 1,
        "spec": {"name": "simple-bank", "version": "1.30"},
        "status": {
            "version": "1.30",
            "endpoint": "https://ABC.gr7.eu-central-1.eks.amazonaws.com",
            "conditions": [
                {
                    "type": "Degraded",
                    "status": "Unknown",
                    "reason": "",
                    "message": "",
                    "lastTransitionTime": "",
                },
                {
                    "type": "Ready",
                    "status": "False",
                    "reason": "Provisioning",
                    "message": "waiting for [addons/coredns]",
                    "lastTransitionTime": "2026-10-07T12:00:00Z",
                },
            ],
            "nodegroups": [{"nodegroupName": "workers", "status": "ACTIVE", "inService": 1, "desiredSize": 2}],
            "addons": [{"addonName": "coredns", "status": "DEGRADED", "addonVersion": "v1.11.1-eksbuild.4"}],
            "night": NEVER_SLEEPS,
        },
        "run": run,
    }


def arranged(run: Run | None) -> Arranged:
    return {"cluster": a_cluster(run), "run": run, "schedule": SCHEDULE}

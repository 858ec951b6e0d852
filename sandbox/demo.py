"""``make demo``: a sandbox of its own, a real spec through the real API, the run live, and what there is afterwards."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import urllib3

from sandbox.settings import REPOSITORY, ROOT_KEY
from sandbox.status import HEALTH_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boto3.session import Session

SPEC = REPOSITORY / "examples" / "simple-bank.yaml"
CLUSTER = "simple-bank"
ADDONS = ("coredns", "eks-pod-identity-agent", "kube-proxy", "vpc-cni")
_READY_SECONDS = 180
_END_SECONDS = 20


class DemoFailed(Exception):  # noqa: N818 -- the demo's own end
    """What did not go as it should; ``args[0]`` says it to a person."""


def main() -> int:
    """Run the demo: 0 if the cluster is as its spec says."""
    try:
        with tempfile.TemporaryDirectory(prefix="slipway-demo-") as directory, _sandbox(Path(directory)) as health:
            _demonstrate(health)
    except DemoFailed as failure:
        sys.stderr.write(f"\nThe demo failed: {failure}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nThe demo was interrupted; nothing is left of it.\n")
        return 130
    return 0


def _demonstrate(health: dict[str, Any]) -> None:
    environment = {**os.environ, **_variables(health)}
    _say(f"POST {SPEC.relative_to(REPOSITORY)} and watch its run:")
    code = _slipway("apply", "--wait", "-f", str(SPEC), environment=environment)
    if code:
        raise DemoFailed(f"slipway apply ended with exit code {code}; see above.")
    _say("What the API says of it:")
    _slipway("get", CLUSTER, environment=environment)
    _say("What EKS and Auto Scaling say of it (the twin's answers):")
    for line in _checked(_session(health), health["url"]):
        _say(f"  {line}", paragraph=False)
    _say(f"That was a model of EKS, {health['speed']:g} times as fast as AWS. `make sandbox` runs one that stays.")


def _checked(session: Session, url: str) -> Iterator[str]:
    """One line for each thing that must be there. Raises DemoFailed for what is not as it should be."""
    eks = session.client("eks", endpoint_url=url)
    autoscaling = session.client("autoscaling", endpoint_url=url)
    cluster = eks.describe_cluster(name=CLUSTER)["cluster"]
    yield _must_be("cluster", cluster["status"], "ACTIVE", f"Kubernetes {cluster['version']}")
    nodegroup = eks.describe_nodegroup(clusterName=CLUSTER, nodegroupName=CLUSTER)["nodegroup"]
    yield _must_be("node group", nodegroup["status"], "ACTIVE", ", ".join(nodegroup["instanceTypes"]))
    groups = [group["name"] for group in nodegroup["resources"]["autoScalingGroups"]]
    found = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=groups)["AutoScalingGroups"]
    states = [instance["LifecycleState"] for group in found for instance in group["Instances"]]
    yield _must_be("instances", ", ".join(states), "InService")
    for name in ADDONS:
        addon = eks.describe_addon(clusterName=CLUSTER, addonName=name)["addon"]
        yield _must_be(f"add-on {name}", addon["status"], "ACTIVE", addon["addonVersion"])


def _must_be(what: str, found: str, wanted: str, remark: str = "") -> str:
    if found != wanted:
        raise DemoFailed(f"{what} is {found or 'not there'} instead of {wanted}.")
    return f"{what:<30} {found:<10} {remark}"


@contextmanager
def _sandbox(directory: Path) -> Iterator[dict[str, Any]]:
    """A sandbox on a free port, ended by its process id; yields its health."""
    output = directory / "output.txt"
    _say("Starting the sandbox (AWS without an account, on this machine only) ...", paragraph=False)
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "--port", "0"], cwd=REPOSITORY, stdout=sink, stderr=subprocess.STDOUT
        )
    try:
        yield _when_ready(process, output)
    except DemoFailed as failure:
        if process.poll() is None:
            raise
        raise DemoFailed(
            f"{failure.args[0]}\nThe sandbox has ended ({process.returncode}):\n{output.read_text()}"
        ) from failure
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _when_ready(process: subprocess.Popen[bytes], output: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if url := re.search(r"http://127\.0\.0\.1:\d+", output.read_text()):
            answer = urllib3.request("GET", url[0] + HEALTH_PATH, retries=False)
            if answer.status == 200:  # noqa: PLR2004 -- HTTP's own number
                health: dict[str, Any] = json.loads(answer.data)
                return health
        time.sleep(0.1)
    raise DemoFailed("the sandbox did not get ready.")


def _variables(health: dict[str, Any]) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": health["url"],
        "AWS_REGION": health["region"],
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
        "SLIPWAY_URL": health["apiUrl"],
    }


def _session(health: dict[str, Any]) -> Session:
    return boto3.Session(aws_access_key_id=ROOT_KEY, aws_secret_access_key=ROOT_KEY, region_name=health["region"])


def _slipway(*words: str, environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "cli", *words]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode  # noqa: S603 -- our own words


def _say(text: str, *, paragraph: bool = True) -> None:
    sys.stdout.write(f"\n{text}\n" if paragraph else f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""Schemathesis asks whatever the OpenAPI document lets one ask, and more, and holds the answers to the document."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.api.gateway import served
from tests.sampling import EXHAUSTIVE

if TYPE_CHECKING:
    from tests.api.conftest import Client
    from tests.api.gateway import Answer

CASES = 2_000
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
)
SEED = "20261121"
# Most cases come from the first phase, which goes through the keywords of every schema; so many more are drawn for each
# operation in the second, and the third follows the links from an accepted spec.
DRAWN = "25"
# What takes a spec knows it by one and the same schema and takes it in through one and the same door: its keywords are
# gone through where a cluster is made, and where one is changed or planned if EXHAUSTIVE=1 says so.
ONCE = (
    ""
    if EXHAUSTIVE
    else "".join(
        f"[[operations]]\ninclude-name = '{name}'\nphases.coverage.enabled = false\n"
        for name in ("POST /plan", "PUT /clusters/{name}", "POST /clusters/{name}/plan")
    )
)
COMMAND = str(Path(sys.executable).with_name("schemathesis"))


def run(url: str, directory: Path) -> tuple[dict[str, Any], str]:
    """The report of a run against the API at a URL, and what was printed."""
    report, settings = directory / "report.json", directory / "settings.toml"
    settings.write_text(ONCE)
    done = subprocess.run(  # noqa: S603 - the words of this file
        [
            COMMAND, "--config-file", str(settings), "run", f"{url}/openapi.json",
            "--phases", "coverage,fuzzing,stateful", "--max-examples", DRAWN,
            "--seed", SEED, "--generation-deterministic", "--no-shrink",
            "--checks", ",".join(CHECKS), "--continue-on-failure",
            "--report", "json", "--report-json-path", str(report), "--no-color",
        ],
        cwd=directory, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert report.exists(), done.stderr or done.stdout
    return json.loads(report.read_text()), done.stdout


def test_every_answer_is_one_that_the_document_describes(client: Client, tmp_path: Path) -> None:
    statuses: set[int] = set()
    arranged: set[str] = set()

    def function(event: dict[str, Any]) -> Answer:
        answer = client.handle(event)
        statuses.add(answer.status)
        if answer.status in {200, 202}:
            arranged.add(f"{event['httpMethod']} {event['path'].rpartition('/')[2]}")
        return answer

    with served(function) as url:
        report, printed = run(url, tmp_path)
    assert (report["exit_code"], report["failures"], report["errors"]) == (0, [], []), printed
    assert report["operations"]["tested"] == report["operations"]["total"] == 20
    assert report["test_cases"]["generated"] >= CASES
    # It has been inside: specs were accepted and plans made, not only refused.
    assert {200, 202, 400, 404, 409, 415, 422} <= statuses
    assert {"PUT schedule", "GET schedule", "DELETE schedule", "POST sleep", "POST wake"} <= arranged, arranged
    assert not [status for status in statuses if status >= 500]

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

import pytest

from sandbox.synth import SynthesisError, synthesise

if TYPE_CHECKING:
    from pathlib import Path

APP = """
import json, os, pathlib
names = ("CDK_CONTEXT_JSON", "CDK_DEFAULT_ACCOUNT", "CDK_DEFAULT_REGION")
pathlib.Path(os.environ["CDK_OUTDIR"]).write_text(json.dumps({name: os.environ[name] for name in names}))
"""


def test_the_app_is_run_as_the_cdk_would_run_it(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "cdk.json").write_text('{"app": "python app.py", "context": {"flag": true}}')
    synthesise(tmp_path / "app.py", tmp_path / "out", "eu-west-1", threading.Event())
    given = json.loads((tmp_path / "out").read_text())
    assert (given["CDK_DEFAULT_ACCOUNT"], given["CDK_DEFAULT_REGION"]) == ("000000000000", "eu-west-1")
    context = json.loads(given["CDK_CONTEXT_JSON"])
    assert context["slipway:target"] == "sandbox"
    assert context["flag"] is True
    assert context["aws:cdk:enable-path-metadata"] is True


@pytest.mark.parametrize(
    ("app", "said"),
    [(None, "does not exist"), ("raise SystemExit('no stack named so')", "no stack named so")],
)
def test_what_went_wrong_is_told(tmp_path: Path, app: str | None, said: str) -> None:
    if app is not None:
        (tmp_path / "app.py").write_text(app)
    with pytest.raises(SynthesisError, match=said):
        synthesise(tmp_path / "app.py", tmp_path / "out", "eu-west-1", threading.Event())


def test_an_interrupt_ends_the_app(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import threading; threading.Event().wait()")
    stop = threading.Event()
    stop.set()
    with pytest.raises(SynthesisError, match="interrupted"):
        synthesise(tmp_path / "app.py", tmp_path / "out", "eu-west-1", stop)

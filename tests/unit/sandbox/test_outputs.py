from __future__ import annotations

import pytest

from sandbox.outputs import reachable


@pytest.mark.parametrize(
    ("output", "seen"),
    [
        (
            "https://8524139d.execute-api.eu-central-1.amazonaws.com/v1/",
            "http://127.0.0.1:4566/restapis/8524139d/v1/_user_request_/",
        ),
        ("https://example.org/v1/", "https://example.org/v1/"),
        ("arn:aws:execute-api:eu-central-1:000000000000:8524139d/v1", None),
    ],
)
def test_an_apis_address_leads_to_the_sandbox(monkeypatch: pytest.MonkeyPatch, output: str, seen: str | None) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert reachable(output) == (seen or output)

"""A house in a tenth of the time: without the managed policies and machine images that moto makes and no step uses."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

from moto.iam.aws_managed_policies import aws_managed_policies_data

from lambdas.steps.roles import POLICIES
from tests.house import house

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.house import House


@contextmanager
def quick_house() -> Iterator[House]:
    """An empty house in which only the policies exist that Slipway attaches, and no machine image."""
    without_images = mock.patch.dict(os.environ, {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"})
    few_policies = mock.patch("moto.iam.models.aws_managed_policies_data", _few_policies())
    with without_images, few_policies, house() as home:
        yield home


@contextmanager
def refusing(client: Any, operation: str, status: int, code: str) -> Iterator[None]:  # noqa: ANN401 -- any client
    """While this holds, an operation is refused."""
    error = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    event = f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}"
    client.meta.events.register(event, refuse := lambda **_: (SimpleNamespace(status_code=status), error))
    try:
        yield
    finally:
        client.meta.events.unregister(event, refuse)


@cache
def _few_policies() -> str:
    wanted = {name for names in POLICIES.values() for name in names}
    every = json.loads(aws_managed_policies_data)
    return json.dumps({name: policy for name, policy in every.items() if name in wanted})

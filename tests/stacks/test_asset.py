"""What is in the zip, as far as it can be told without building one."""

from __future__ import annotations

import inspect
import re

from lambdas.aws import clients
from stacks.asset import SERVICES


def test_the_zip_has_the_model_of_every_service_that_has_a_client_and_no_other() -> None:
    asked_for = re.findall(r'_session\.client\("([^"]+)"', inspect.getsource(clients))
    assert len(asked_for) == len(set(asked_for))
    assert set(asked_for) == SERVICES

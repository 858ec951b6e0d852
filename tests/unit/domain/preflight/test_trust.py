from __future__ import annotations

from typing import Any

import pytest

from lambdas.domain.preflight.trust import ASSUME, TAG_SESSION, lets_in

PODS = "pods.eks.amazonaws.com"
BOTH = [ASSUME, TAG_SESSION]


def allow(**members: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"Service": PODS}, "Action": BOTH, **members}


def policy(*statements: object) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize(
    ("document", "allowed"),
    [
        pytest.param(policy(allow()), True, id="as it should be"),
        pytest.param({"Statement": allow()}, True, id="one statement, not in a list"),
        pytest.param(policy(allow(Principal={"Service": ["lambda.amazonaws.com", PODS]})), True, id="several services"),
        pytest.param(policy(allow(Action=ASSUME), allow(Action=TAG_SESSION)), True, id="in two statements"),
        pytest.param(policy(allow(Action="sts:*")), True, id="all of STS"),
        pytest.param(policy(allow(Action="*")), True, id="everything"),
        pytest.param(policy(allow(Action=["STS:assumerole", "sts:tag*"])), True, id="whatever case, with a wildcard"),
        pytest.param(policy(allow(Principal="*")), True, id="anybody"),
        pytest.param(policy(allow(Principal={"AWS": "*"})), True, id="anybody, in other words"),
        pytest.param(policy(allow(Principal={"Service": f"{PODS}.cn"})), True, id="as China writes it"),
        pytest.param(policy(allow(Condition={"StringEquals": {"aws:SourceAccount": "1"}})), True, id="conditions"),
        pytest.param(policy({"Effect": "Allow", "NotPrincipal": {"AWS": "x"}, "Action": "*"}), True, id="by exclusion"),
        pytest.param(policy(allow(Action=None, NotAction="iam:*")), True, id="actions by exclusion"),
        pytest.param("text", True, id="nothing that can be read"),
        pytest.param(policy(), False, id="nothing allowed"),
        pytest.param({}, False, id="no statements"),
        pytest.param(policy("x"), False, id="no statement"),
        pytest.param(policy(allow(Action=ASSUME)), False, id="without TagSession"),
        pytest.param(policy(allow(Principal={"Service": "ec2.amazonaws.com"})), False, id="another service"),
        pytest.param(policy(allow(Principal={"Service": "eks.amazonaws.com"})), False, id="a service of like name"),
        pytest.param(policy(allow(Principal={"Federated": "oidc"})), False, id="another kind of principal"),
        pytest.param(policy(allow(Effect="Deny")), False, id="denied"),
        pytest.param(policy({"Effect": "Allow", "Action": "*"}), False, id="to nobody"),
    ],
)
def test_only_a_certain_no_counts(document: object, allowed: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert lets_in(document, PODS, BOTH) is allowed

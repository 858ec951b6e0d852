"""The tables of codes against botocore's models, and what Slipway does against the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from botocore.model import StringShape
from botocore.session import get_session
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.dispositions import FINAL, Disposition, Meaning, gravest
from lambdas.domain.exception_table import DECLARED, ENDINGS, EXCEPTIONS, QUOTAS, TEXTS, UNDECLARED, Where
from lambdas.domain.failures import ApiError, codes_of, explain
from lambdas.domain.issue_table import ISSUES
from lambdas.domain.issues import Issue, failed_by, is_retried, passes
from lambdas.domain.pacing import OF_THE_CALL
from lambdas.domain.progress import Failed, Waiting
from lambdas.steps.contracts import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import OperationModel, ServiceModel, Shape

    from lambdas.domain.exception_meanings import Answer
    from lambdas.domain.exception_table import Ending, Text

SESSION = get_session()
SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "elasticloadbalancing": ("elb", "elbv2"),
    "servicequotas": ("service-quotas",),
    "states": ("stepfunctions",),
}
"""The names that botocore has for a service, where IAM has another."""

NO_OPERATIONS: Final = frozenset({"iam:PassRole"})
"""Actions that IAM has and no service."""

ENUMS: Final = {"ClusterIssueCode": 19, "NodegroupIssueCode": 36, "AddonIssueCode": 10, "ErrorCode": 17}

RETRIED, PASSING = Disposition.RETRY, Disposition.WAIT


def models(service: str) -> list[ServiceModel]:
    return [SESSION.get_service_model(name) for name in SERVICES.get(service, (service,))]


def permitted() -> frozenset[str]:
    """Every action that any function may use, as IAM writes it."""
    actions = {it for contract in FUNCTIONS for permission in contract.permissions for it in permission.actions}
    return frozenset(actions - NO_OPERATIONS)


def operations(actions: frozenset[str]) -> Iterator[OperationModel]:
    for action in sorted(actions):
        service, _, operation = action.partition(":")
        found = [it.operation_model(operation) for it in models(service) if operation in it.operation_names]
        assert found, f"{action} is an operation of no model of botocore's: name it in SERVICES or NO_OPERATIONS"
        yield from found


def code(shape: Shape) -> str:
    """What the answer says in the place of the shape's name."""
    return str(shape.metadata.get("error", {}).get("code") or shape.name)


def status(shape: Shape) -> int:
    return int(shape.metadata.get("error", {}).get("httpStatusCode") or (500 if shape.metadata.get("fault") else 400))


def declared_codes(eks: ServiceModel, calls: Iterator[OperationModel]) -> set[str]:
    """The codes that the models declare for some operations, and all of EKS's."""
    return {code(shape) for shape in eks.error_shapes} | {code(it) for call in calls for it in call.error_shapes}


def codes_in(eks: ServiceModel, enum: str) -> list[str]:
    shape = eks.shape_for(enum)
    assert isinstance(shape, StringShape)
    return list(shape.enum)


EKS = SESSION.get_service_model("eks")
CALLS = [
    (operation.service_model.service_name, operation.name, code(shape), status(shape))
    for operation in operations(permitted())
    for shape in operation.error_shapes
]


# -- the tables and the models


def test_every_issue_and_error_code_of_eks_has_a_row_and_there_are_no_others() -> None:
    assert {enum: len(codes_in(EKS, enum)) for enum in ENUMS} == ENUMS
    assert set(ISSUES) == {it for enum in ENUMS for it in codes_in(EKS, enum)}


def test_every_exception_of_every_permitted_operation_has_a_row_and_there_are_no_others() -> None:
    assert set(DECLARED) == declared_codes(EKS, operations(permitted()))


def test_a_model_that_grows_makes_the_tables_incomplete() -> None:
    """The two tests above, of a model with one code and one exception more."""
    grown = get_session().get_service_model("eks")
    shape = grown.shape_for("ClusterIssueCode")
    assert isinstance(shape, StringShape)
    grown._service_description["shapes"]["ClusterIssueCode"]["enum"] = [*shape.enum, "OfTomorrow"]  # type: ignore[attr-defined] # botocore's own
    grown._service_description["shapes"]["TomorrowException"] = {"type": "structure", "members": {}, "exception": True}  # type: ignore[attr-defined]
    fresh = type(grown)(grown._service_description, "eks")  # type: ignore[attr-defined]
    assert set(codes_in(fresh, "ClusterIssueCode")) - set(ISSUES) == {"OfTomorrow"}
    assert declared_codes(fresh, iter(())) - set(DECLARED) == {"TomorrowException"}


def test_a_code_stands_once() -> None:
    assert not set(DECLARED) & set(UNDECLARED)
    assert set(QUOTAS) <= set(UNDECLARED)


def test_a_text_refines_a_code_that_has_a_row() -> None:
    assert {it for text in TEXTS for it in text.codes} <= set(EXCEPTIONS)


# -- what a row must have


@pytest.mark.parametrize(("name", "row"), [*ISSUES.items(), *EXCEPTIONS.items()])
def test_a_row_says_what_to_do_and_whose_it_is(name: str, row: Meaning) -> None:
    assert row.words[0].isupper(), name
    assert row.words.endswith("."), name
    assert row.ends_as in FINAL


@pytest.mark.parametrize("row", set(EXCEPTIONS.values()) | {it.means for it in (*TEXTS, *ENDINGS)})
def test_who_is_waited_for_has_a_patience_and_who_is_not_has_none(row: Answer) -> None:
    if row.disposition in FINAL:
        assert row.patience is None
    elif row.disposition is PASSING:
        assert row.patience is not None
        assert row.patience.reason not in OF_THE_CALL
    else:
        assert row.patience is None or row.patience.reason in OF_THE_CALL


# -- what Slipway does


def promised(row: Answer, error: ApiError, where: Where = Where.ANYWHERE) -> None:
    """Assert that an error comes to what the row promises."""
    progress = explain(error, where)
    if row.disposition in FINAL:
        assert isinstance(progress, Failed)
        assert progress.remedy
        assert (progress.error, progress.disposition) == (error.code, row.disposition)
    elif row.patience is None:
        assert progress is None, "an exception, for Step Functions to make the step again"
    else:
        assert isinstance(progress, Waiting)
        assert progress.reason == row.patience.reason
        assert progress.overdue is not None
        assert (progress.overdue.remedy, progress.overdue.disposition) == (row.words, row.stays)


@pytest.mark.parametrize(("service", "operation", "name", "http_status"), CALLS)
def test_every_exception_of_every_operation_comes_to_what_its_row_promises(
    service: str, operation: str, name: str, http_status: int
) -> None:
    row = DECLARED[name]
    assert http_status < 500 or row.disposition is RETRIED, f"{service} calls it a fault of its own"
    error = ApiError(operation=operation, code=name, message="?", http_status=http_status)
    promised(row, error)
    promised(row.removing or row, error, Where.REMOVAL)


@pytest.mark.parametrize("name", UNDECLARED)
def test_what_nobody_declares_comes_to_what_its_row_promises(name: str) -> None:
    promised(UNDECLARED[name], ApiError(operation="CreateCluster", code=name, message="?", http_status=400))


@pytest.mark.parametrize("where", Where)
@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.suffix)
def test_a_code_without_a_row_is_known_by_its_ending(ending: Ending, where: Where) -> None:
    error = ApiError(operation="CreateThing", code=f"Thing{ending.suffix}", message="?", http_status=400)
    if where in ending.where:
        promised(ending.means, error, where)
    else:
        assert explain(error, where) is None


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.pattern[:30])
def test_a_text_counts_with_its_codes_only(text: Text) -> None:
    said = text.pattern.split("|")[0].replace(".*", "x")
    for name in text.codes or ("ClientException", "ResourceNotFoundException"):
        promised(text.means, ApiError(operation="CreateCluster", code=name, message=f"So {said}.", http_status=400))
    other = ApiError(operation="CreateCluster", code="AccessDenied", message=f"So {said}.", http_status=403)
    assert isinstance(explain(other), Failed) is bool(text.codes)


def test_codes_of_a_meaning_are_those_of_the_table() -> None:
    for row in set(EXCEPTIONS.values()):
        assert {name for name in EXCEPTIONS if EXCEPTIONS[name] is row} == codes_of(row)


@settings(max_examples=50)
@given(st.lists(st.sampled_from([*sorted(ISSUES), "OfTomorrow"]), min_size=1, max_size=4))
def test_issues_are_retried_waited_for_or_failed_by_their_rows(codes: list[str]) -> None:
    issues = [Issue(code=it, message="") for it in codes]
    rows = [ISSUES.get(it, ISSUES["Unknown"]) for it in codes]
    assert is_retried(issues) is all(row.disposition is RETRIED for row in rows)
    assert passes(issues) is all(row.disposition in {RETRIED, PASSING} for row in rows)
    failed = failed_by(issues, "")
    assert failed.disposition is gravest(row.ends_as for row in rows)
    assert all(row.words in failed.remedy for row in rows)


def test_nothing_wrong_is_nothing_to_retry_or_to_wait_for() -> None:
    assert (is_retried([]), passes([])) == (False, False)


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        ("IamThrottling", Disposition.RETRY),
        ("InternalFailure", Disposition.RETRY),
        ("InsufficientNumberOfReplicas", Disposition.WAIT),
        ("NodeCreationFailure", Disposition.USER),
        ("Ec2SubnetNotFound", Disposition.USER),
        ("KmsKeyDisabled", Disposition.PAGE),
        ("IamRoleNotFound", Disposition.PAGE),
        ("InstanceLimitExceeded", Disposition.PAGE),
    ],
)
def test_the_line_is_drawn_by_what_has_to_change(name: str, disposition: Disposition) -> None:
    assert ISSUES[name].disposition is disposition

from __future__ import annotations

import pytest
from botocore.model import StringShape
from botocore.session import get_session
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdas.domain.issues import REMEDIES, Issue, failed_by

ENUMS = ("ClusterIssueCode", "NodegroupIssueCode", "AddonIssueCode", "ErrorCode")
MODEL = get_session().get_service_model("eks")
SHAPES = [MODEL.shape_for(name) for name in ENUMS]
CODES = {code for shape in SHAPES if isinstance(shape, StringShape) for code in shape.enum}
ISSUES = st.lists(
    st.builds(
        Issue,
        code=st.sampled_from([*sorted(REMEDIES), "OfTomorrow"]),
        message=st.text(max_size=10),
        resource_ids=st.lists(st.text("abc", min_size=1), max_size=2).map(tuple),
    ),
    min_size=1,
    max_size=4,
)


def test_every_code_of_eks_has_a_remedy_and_there_are_no_others() -> None:
    assert set(REMEDIES) == CODES


@pytest.mark.parametrize("code", sorted(REMEDIES))
def test_a_remedy_is_a_sentence_to_act_on(code: str) -> None:
    remedy = REMEDIES[code]
    assert remedy[0].isupper()
    assert remedy.endswith(".")
    assert "same spec again" in remedy


@settings(max_examples=25)
@given(ISSUES)
def test_a_failure_has_the_first_code_and_everybodys_words(issues: list[Issue]) -> None:
    failed = failed_by(issues, "unused")
    assert failed.error == issues[0].code
    for issue in issues:
        assert f"{issue.code}: {issue.message}" in failed.cause
        assert all(identifier in failed.cause for identifier in issue.resource_ids)
        assert failed.remedy.count(REMEDIES.get(issue.code, REMEDIES["Unknown"])) == 1


def test_a_failure_without_an_issue_says_what_is_known() -> None:
    failed = failed_by([], "EKS reports CREATE_FAILED and no reason.")
    assert (failed.error, failed.cause) == ("Unknown", "EKS reports CREATE_FAILED and no reason.")
    assert failed.remedy == REMEDIES["Unknown"]

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.command_line import SHARED_OPTIONS, hoisted


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("get", "get"),
        ("get bank --url u -o json", "--url u get bank -o json"),
        ("get --region=r --profile p bank", "--region=r --profile p get bank"),
        ("--stack s get -- --url u", "--stack s get -- --url u"),
        ("get bank --url", "--url get bank"),
    ],
)
def test_shared_options_may_stand_anywhere(typed: str, understood: str) -> None:
    assert hoisted(typed.split()) == understood.split()


@given(st.lists(st.sampled_from(["get", "bank", "-o", "json", "--", "--url=u", *SHARED_OPTIONS])))
def test_nothing_is_lost_and_doing_it_twice_changes_nothing(arguments: list[str]) -> None:
    once = hoisted(arguments)
    assert sorted(once) == sorted(arguments)
    assert hoisted(once) == once

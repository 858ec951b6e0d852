from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lambdas.domain.tokens import request_token

if TYPE_CHECKING:
    Request = dict[str, Any]

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
REQUESTS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)


def reordered(value: Any) -> Any:  # noqa: ANN401 -- JSON
    if isinstance(value, dict):
        return {key: reordered(member) for key, member in reversed(value.items())}
    return [reordered(member) for member in value] if isinstance(value, list) else value


@settings(max_examples=25)
@given(REQUESTS, st.integers(0, 9))
def test_a_token_is_as_long_as_eks_wants_it(request: Request, remade: int) -> None:
    assert re.fullmatch("[0-9a-f]{64}", request_token("bank", "cluster", request, remade=remade))


@settings(max_examples=25)
@given(REQUESTS)
def test_the_order_of_members_does_not_matter(request: Request) -> None:
    assert request_token("bank", "cluster", request) == request_token("bank", "cluster", reordered(request))


@settings(max_examples=25)
@given(st.tuples(REQUESTS, REQUESTS))
def test_the_content_matters(requests: tuple[Request, Request]) -> None:
    one, other = requests
    assume(repr(reordered(one)) != repr(reordered(other)) and one != other)
    assert request_token("bank", "cluster", one) != request_token("bank", "cluster", other)


def test_everything_else_matters_too() -> None:
    tokens = [
        request_token("bank", "cluster", {"a": 1}),
        request_token("bench", "cluster", {"a": 1}),
        request_token("bank", "nodegroups/a", {"a": 1}),
        request_token("bank", "cluster", {"a": 1}, remade=1),
        request_token("bank", "cluster", {"a": [1]}),
        request_token("bank", "cluster", {"a": "1"}),
        request_token("bankc", "luster", {"a": 1}),
    ]
    assert len(set(tokens)) == len(tokens)


def test_tokens_outlive_a_release() -> None:
    """A run that goes on under a newer release must send the tokens that it sent before."""
    token = request_token("bank", "cluster", {"name": "bank", "tags": {"Größe": "x"}}, remade=2)
    assert token == "c5c2d1094db687a4edafde6a5017fde97888a7da0f0bd060295c9f5fbf6d09ff"

from __future__ import annotations

import pytest

from lambdas.domain.preflight.sent import addon_path, value_at
from lambdas.domain.preflight.words import listed

SENT = {"name": "bank", "addons": [{"addonName": "coredns"}, {"addonName": "aws-ebs-csi-driver"}]}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("name",), "bank"),
        (("addons", 1, "addonName"), "aws-ebs-csi-driver"),
        (("addons", 2), None),
        (("addons", "1"), None),
        (("name", "first"), None),
        (("roleArn",), None),
        ((), SENT),
    ],
)
def test_what_was_given_is_found_and_what_was_not_is_nothing(path: tuple[str | int, ...], value: object) -> None:
    assert value_at(SENT, path) == value


@pytest.mark.parametrize(
    ("sent", "name", "path"),
    [
        (SENT, "aws-ebs-csi-driver", ("addons", 1)),
        (SENT, "coredns", ("addons", 0)),
        (SENT, "vpc-cni", ("addons",)),
        ({}, "vpc-cni", ("addons",)),
        ({"addons": "vpc-cni"}, "vpc-cni", ("addons",)),
        ({"addons": ["vpc-cni"]}, "vpc-cni", ("addons",)),
    ],
)
def test_an_add_on_is_where_the_user_named_it(sent: dict[str, object], name: str, path: tuple[str | int, ...]) -> None:
    assert addon_path(sent, name) == path


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a, b"), (["a", "b", "c", "d"], "a, b and 2 more")]
)
def test_a_long_list_is_cut_and_says_so(words: list[str], text: str) -> None:
    assert listed(words, most=2) == text

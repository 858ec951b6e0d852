"""Strategies for the strings and maps that specs are made of."""

import string
from collections.abc import Mapping
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

HEX = "0123456789abcdef"
LOWER = string.ascii_lowercase + string.digits
ACCOUNTS = ("123456789012", "000000000000", "210987654321")


def names(most: int = 20) -> st.SearchStrategy[str]:
    """Names that Kubernetes, EKS and IAM all take."""
    return st.text(LOWER, min_size=1, max_size=most)


def maybe(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[T | None]:
    return st.none() | strategy


def several(strategy: st.SearchStrategy[T], least: int = 0, most: int = 3) -> st.SearchStrategy[tuple[T, ...]]:
    """Tuples of distinct values."""
    return st.lists(strategy, min_size=least, max_size=most, unique_by=repr).map(tuple)


def ids(prefix: str) -> st.SearchStrategy[str]:
    """EC2's ids, such as subnet-0a1b2c3d4e5f60718."""
    return st.text(HEX, min_size=17, max_size=17).map(f"{prefix}-{{}}".format)


def role_arns(kind: str = "role") -> st.SearchStrategy[str]:
    paths = st.sampled_from(["", "platform/", "aws-reserved/sso.amazonaws.com/eu-central-1/"])
    parts = st.tuples(st.sampled_from(["aws", "aws-cn"]), st.sampled_from(ACCOUNTS), paths, names(64))
    return parts.map(lambda p: f"arn:{p[0]}:iam::{p[1]}:{kind}/{p[2]}{p[3]}")


def tags() -> st.SearchStrategy[Mapping[str, str]]:
    keys = st.sampled_from(["team", "cost-centre", "owner/mail", "Größe"]) | names(128)
    return st.dictionaries(keys, st.text(LOWER + " .:/=+-@_", max_size=256), max_size=4)


def addresses(network: str, prefix: int) -> st.SearchStrategy[str]:
    """Blocks of a prefix length within a /8, such as 10."""
    free = st.integers(0, 2 ** (prefix - 8) - 1).map(lambda number: number << (32 - prefix))
    return free.map(lambda n: f"{network}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}/{prefix}")

"""Copies of JSON: quicker than ``copy.deepcopy``, which looks at every part of it in Python."""

from __future__ import annotations

import pickle
from typing import Any


def copied(value: Any) -> Any:  # noqa: ANN401 -- JSON
    """The same, made of other dicts and lists."""
    return pickle.loads(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))  # noqa: S301 -- written in the same line

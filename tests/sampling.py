"""Whether tests that keep to a sample, to save time, try everything."""

from __future__ import annotations

import os

EXHAUSTIVE = bool(os.environ.get("EXHAUSTIVE"))

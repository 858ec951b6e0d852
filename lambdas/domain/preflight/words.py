"""Lists in sentences."""

from collections.abc import Iterable

MOST_LISTED = 12


def listed(words: Iterable[str], *, most: int = MOST_LISTED) -> str:
    """Answer the words with commas between them; of many only the first, and how many more there are."""
    every = list(words)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return f"{', '.join(every[:most])}{more}"

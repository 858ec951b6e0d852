"""The names of the registry's keys: the stack makes the table with them, the registry reads and writes by them."""

from typing import Final

PARTITION_KEY: Final = "pk"
INDEX: Final = "list"
INDEX_PARTITION_KEY: Final = "listPk"
INDEX_SORT_KEY: Final = "listSk"
OUTBOX: Final = "outbox"
"""The index of the events that are not published yet, and the attribute that only they have."""
EXPIRY: Final = "expiresAt"
"""The attribute by which DynamoDB forgets an item, in seconds since 1970."""

"""IAM as AWS enforces it, where MiniStack sees the wrong resource, misses a condition key or does not ask."""

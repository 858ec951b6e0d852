"""One file a resource kind: what it looks like, what to change next, and which actions that takes."""

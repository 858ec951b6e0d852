"""Where the user said what: errors point into what was sent, and completing a spec has moved its add-ons."""

from collections.abc import Mapping

from lambdas.domain.refusal import Path

Sent = Mapping[str, object]
"""The JSON object of the request, before anything was filled in."""


def value_at(sent: Sent, path: Path) -> object:
    """Answer what the user gave at a path; None where nothing was given."""
    value: object = sent
    for step in path:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def addon_path(sent: Sent, name: str) -> Path:
    """Answer the path of an add-on; that of the whole list for one that the user did not name."""
    addons = value_at(sent, ("addons",))
    for place, addon in enumerate(addons if isinstance(addons, list | tuple) else ()):
        if isinstance(addon, Mapping) and addon.get("addonName") == name:
            return ("addons", place)
    return ("addons",)

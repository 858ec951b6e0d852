"""The sizes that users ask for by hand: read, and held against what the node groups may have."""

from collections.abc import Mapping
from typing import Final

from lambdas.domain.calendar.fields import MOST_ENTRIES
from lambdas.domain.calendar.reading import Reader
from lambdas.domain.constraints import GREATEST_INTEGER, quoted
from lambdas.domain.documents import BAD_REQUEST, require_json
from lambdas.domain.records import Sizes
from lambdas.domain.refusal import UNPROCESSABLE, FieldError, Path, Refused
from lambdas.domain.wording import nearest

_NODEGROUPS: Final = '[{"nodegroupName": "workers", "desiredSize": 2}]'
_REQUIRED: Final = {"nodegroupName": '"workers"', "desiredSize": "2"}
_OPTIONAL: Final = {"minSize": "0", "maxSize": "3"}
_LEAST: Final = {"minSize": 0, "maxSize": 1, "desiredSize": 0}
"""What EKS takes at least."""


UNTIL_EXAMPLE: Final = '{"until": "2036-12-31T22:00:00+01:00"}'


def require_object(document: object, example: str) -> None:
    """Check that a body is a JSON object. Raises Refused (status 400) if it is not."""
    if not isinstance(document, dict):
        error = FieldError("", "The body is not an object.", f"Send an object such as {example}.")
        raise Refused([error], BAD_REQUEST)
    require_json(document)


def admit_sizes(document: object, groups: Mapping[str, Sizes]) -> dict[str, Sizes]:
    """Answer the sizes asked for, by node group.

    Args:
        document: What a user sent: `{"nodegroups": [{"nodegroupName": "workers", "desiredSize": 2}]}`, each group with
            `minSize` and `maxSize` where those are to change, too.
        groups: The cluster's node groups with the sizes that they have by day.

    Raises:
        Refused: It is no JSON object (status 400), or not valid (422).
    """
    require_object(document, f'{{"nodegroups": {_NODEGROUPS}}}')
    reader = Reader()
    given = reader.members((), document, {"nodegroups": _NODEGROUPS}, {})
    sizes = _groups(reader, given["nodegroups"], groups) if "nodegroups" in given else {}
    if reader.errors:
        raise Refused(reader.errors, UNPROCESSABLE)
    return sizes


def _groups(reader: Reader, value: object, groups: Mapping[str, Sizes]) -> dict[str, Sizes]:
    if value == []:
        reader.wrong(("nodegroups",), "it names no node group.", f"Write it like nodegroups: {_NODEGROUPS}.")
    taken: dict[str, Path] = {}
    found: dict[str, Sizes] = {}
    for at, element in reader.elements(("nodegroups",), value, MOST_ENTRIES):
        given = reader.members(at, element, _REQUIRED, _OPTIONAL)
        asked = {
            name: _number(reader, (*at, name), given[name], least) for name, least in _LEAST.items() if name in given
        }
        place = (*at, "nodegroupName")
        name = reader.text(place, given["nodegroupName"], str) if "nodegroupName" in given else None
        if name is not None and reader.distinct(taken, name, place):
            sizes = _within(reader, at, asked, groups[name]) if _is_there(reader, place, name, groups) else None
            found.update({name: sizes} if sizes else {})
    return found


def _number(reader: Reader, path: Path, value: object, least: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= GREATEST_INTEGER:
        limits = f"from {least} to {GREATEST_INTEGER}"
        reader.wrong(path, f"{quoted(value)} is not a whole number {limits}.", f"Give a whole number {limits}.")
        return None
    return value


def _is_there(reader: Reader, path: Path, name: str, groups: Mapping[str, Sizes]) -> bool:
    if name in groups:
        return True
    near = nearest(name, sorted(groups))
    there = f"The node groups are {', '.join(sorted(groups))}." if groups else "The cluster has none."
    remedy = f"Did you mean {near}?" if near else there
    reader.wrong(path, f"the cluster has no node group {quoted(name)}.", remedy)
    return False


def _within(reader: Reader, at: Path, asked: Mapping[str, int | None], has: Sizes) -> Sizes | None:
    """The sizes, if the number of nodes asked for is within the bounds: the group's, but for those that are given."""
    least, most = asked.get("minSize", has.minSize), asked.get("maxSize", has.maxSize)
    desired = asked.get("desiredSize")
    if least is None or most is None or desired is None:
        return None
    if least > most:
        reader.wrong((*at, "minSize"), f"{least} is above maxSize {most}.", "Lower minSize or raise maxSize.")
        return None
    if not least <= desired <= most:
        reader.wrong(
            (*at, "desiredSize"),
            f"{desired} is not within the node group's bounds.",
            f"Give a number from {least} to {most}, or another {'minSize' if desired < least else 'maxSize'} with it.",
        )
        return None
    return Sizes(minSize=least, maxSize=most, desiredSize=desired)

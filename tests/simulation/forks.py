"""Many futures of one present: each trial goes on in a copy of this process, so what is prepared is prepared once."""

from __future__ import annotations

import gc
import os
import pickle
import traceback
from collections.abc import Callable, Iterable, Iterator
from selectors import EVENT_READ, DefaultSelector
from typing import Any, TypeVar

Made = TypeVar("Made")
Work = Callable[[], Made]


class Broken(Exception):  # noqa: N818 -- what happened
    """A future ended without a result. ``args[0]`` is what it said."""


def futures(works: Iterable[Work[Made]], *, at_once: int) -> Iterator[tuple[int, Made]]:
    """What each work came to, with its place in the row, in the order in which they end.

    With ``at_once=0`` in this very process, one after the other: what one of them changes, the next one meets.
    """
    if not at_once:
        yield from ((place, work()) for place, work in enumerate(works))
        return
    gc.freeze()  # else the first collection in each copy would copy all memory
    waiting = enumerate(works)
    with DefaultSelector() as running:
        for place, work in _first(waiting, at_once):
            _begin(running, place, work)
        while running.get_map():
            for key, _ in running.select():
                running.unregister(key.fileobj)
                process, place = key.data
                yield place, _result(key.fd, process)
                for following, work in _first(waiting, 1):
                    _begin(running, following, work)


def _first(works: Iterator[tuple[int, Work[Made]]], most: int) -> list[tuple[int, Work[Made]]]:
    return [work for _, work in zip(range(most), works, strict=False)]


def _begin(running: DefaultSelector, place: int, work: Work[Made]) -> None:
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        running.register(reading, EVENT_READ, (process, place))
        return
    try:
        os.close(reading)
        with os.fdopen(writing, "wb") as answer:
            answer.write(_answer(work))
    finally:
        os._exit(0)  # whatever happens: the rest of the program is the original's


def _answer(work: Work[Made]) -> bytes:
    try:
        return pickle.dumps((work(), None))
    except BaseException:  # noqa: BLE001 -- told to whoever waits for the result
        return pickle.dumps((None, traceback.format_exc()))


def _result(reading: int, process: int) -> Any:  # noqa: ANN401 -- whatever the work came to
    with os.fdopen(reading, "rb") as answer:
        told = answer.read()
    os.waitpid(process, 0)
    if not told:
        raise Broken("it died")
    made, error = pickle.loads(told)  # noqa: S301 -- written by a copy of this process
    if error is not None:
        raise Broken(error)
    return made

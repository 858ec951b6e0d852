"""What moto's backends know at an instant, to be put back later."""

from __future__ import annotations

import io
import pickle
from dataclasses import dataclass
from typing import Any

from moto.core.base_backend import BaseBackend


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of some backends. Where things in it know their backend, they go on knowing that very one."""

    backends: list[BaseBackend]
    state: bytes
    others: list[BaseBackend]
    """All backends that anything in the state refers to."""

    @classmethod
    def of(cls, backends: list[BaseBackend]) -> Snapshot:
        """What they know now."""
        others: list[BaseBackend] = []
        written = io.BytesIO()
        _Writer(written, others).dump([vars(backend) for backend in backends])
        return cls(backends, written.getvalue(), others)

    def restore(self) -> None:
        """Let them know that again, and nothing else."""
        for backend, state in zip(self.backends, _Reader(io.BytesIO(self.state), self.others).load(), strict=True):
            vars(backend).clear()
            vars(backend).update(state)


class _Writer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, others: list[BaseBackend]) -> None:
        super().__init__(file)
        self._others = others

    def persistent_id(self, obj: Any) -> int | None:  # noqa: ANN401 -- any part of the state
        if not isinstance(obj, BaseBackend):
            return None
        for place, other in enumerate(self._others):
            if other is obj:
                return place
        self._others.append(obj)
        return len(self._others) - 1


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, others: list[BaseBackend]) -> None:
        super().__init__(file)
        self._others = others

    def persistent_load(self, pid: int) -> BaseBackend:
        return self._others[pid]

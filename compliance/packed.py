"""Things by the ten thousand, pickled one by one and opened when they are first asked for: a text needs a hundred of them, and all of
them together would take longer to load than everything else that one check does."""

from __future__ import annotations

import pickle
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast, overload

V = TypeVar("V")


class PackedList(Sequence[V], Generic[V]):
    """A frozen sequence; what was opened stays open, so that equal indexes give the same object."""

    def __init__(self, values: Iterable[V]) -> None:
        packed = [pickle.dumps(value, pickle.HIGHEST_PROTOCOL) for value in values]
        ends, total = array("Q", [0]), 0
        for piece in packed:
            total += len(piece)
            ends.append(total)
        self.__setstate__((b"".join(packed), ends))

    def __len__(self) -> int:
        return len(self._open)

    @overload
    def __getitem__(self, index: int) -> V: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[V]: ...
    def __getitem__(self, index: int | slice) -> V | Sequence[V]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        found: V | None = self._open[index]
        if found is None:
            at = index % len(self._open)
            found = self._open[at] = pickle.loads(self._packed[self._ends[at] : self._ends[at + 1]])  # noqa: S301 - packed above
        return cast(V, found)

    def __iter__(self) -> Iterator[V]:
        return (self[index] for index in range(len(self._open)))

    def __getstate__(self) -> tuple[bytes, array[int]]:
        return self._packed, self._ends

    def __setstate__(self, state: tuple[bytes, array[int]]) -> None:
        self._packed, self._ends = state
        self._open: list[Any] = [None] * (len(self._ends) - 1)


class PackedMap(Mapping[str, V], Generic[V]):
    """A frozen mapping in its order; what was opened stays open."""

    def __init__(self, values: Mapping[str, V]) -> None:
        self._places = {key: place for place, key in enumerate(values)}
        self._values = PackedList(values.values())

    def __getitem__(self, key: str) -> V:
        return self._values[self._places[key]]

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

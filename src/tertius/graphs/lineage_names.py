"""Event ids of a lineage index, found by binary search without loading them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tertius.core.errors import CallerError
from tertius.graphs.spines import Ints


class UnknownEventError(CallerError):
    """No event of the index has this id, or more than one id begins with it."""


class Names:
    """Ids by node number, and node numbers by id.

    Parameters
    ----------
    id_bytes : array of uint8
        All ids, ASCII, one after the other.
    id_starts : array of int64, shape (n + 1,)
        Where the id of each node begins.
    id_order : array of int32, shape (n,)
        Node numbers in the alphabetical order of their ids.
    """

    def __init__(
        self, id_bytes: npt.NDArray[np.uint8], id_starts: npt.NDArray[np.int64], id_order: Ints
    ) -> None:
        self._bytes = id_bytes.data
        self._starts = id_starts
        self._order = id_order

    def text(self, node: int) -> str:
        """Return the id of a node."""
        return str(self._bytes[self._starts[node] : self._starts[node + 1]], "ascii")

    def texts(self, nodes: Ints) -> list[str]:
        """Return the ids of many nodes."""
        first, last = self._starts[nodes].tolist(), self._starts[nodes + np.int32(1)].tolist()
        held = self._bytes
        return [str(held[low:high], "ascii") for low, high in zip(first, last, strict=True)]

    def find(self, text: str) -> int:
        """Return the node whose id is exactly `text`.

        Raises
        ------
        UnknownEventError
            If there is none; the message names the ids that stand next to it in the alphabet.
        """
        place = self._place(text)
        if place < len(self._order):
            node = int(self._order[place])
            if self.text(node) == text:
                return node
        near = range(max(0, place - 1), min(len(self._order), place + 1))
        hint = ", ".join(f"`{self.text(int(self._order[at]))}`" for at in near)
        shown = ascii(text[:128])[1:-1]
        raise UnknownEventError(
            f"unknown event `{shown}`; " + (f"nearest are {hint}" if hint else "the index is empty")
        )

    def complete(self, prefix: str) -> str:
        """Return the one id that is `prefix` or, failing that, begins with it.

        Raises
        ------
        UnknownEventError
            If no id begins with it, or several do.
        """
        place = self._place(prefix)
        found = [self.text(int(node)) for node in self._order[place : place + 3]]
        found = [text for text in found if text.startswith(prefix)]
        if len(found) == 1 or prefix in found:
            return found[0]
        if not found:
            return self.text(self.find(prefix))
        more = ", ..." if len(found) > 2 else ""
        shown = ", ".join(f"`{text}`" for text in found[:2])
        raise UnknownEventError(
            f"ambiguous event `{prefix[:128]}`; expected more of an id, such as {shown}{more}"
        )

    def _place(self, text: str) -> int:
        """Return the first place in the alphabet whose id is not before `text`."""
        wanted = text.encode("utf-8", "surrogatepass")
        low, high = 0, len(self._order)
        while low < high:
            middle = (low + high) // 2
            node = int(self._order[middle])
            if bytes(self._bytes[self._starts[node] : self._starts[node + 1]]) < wanted:
                low = middle + 1
            else:
                high = middle
        return low

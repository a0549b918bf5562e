"""Silence for decoders that warn of flaws which they then work around."""

from __future__ import annotations

import threading
import warnings
from types import TracebackType


class Quiet:
    """Ignore warnings while any thread is inside.

    ``warnings.catch_warnings`` alone swaps the filters of the whole process: two threads
    that leave in another order than they entered would bring each other's filters back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._filters: warnings.catch_warnings[None] | None = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._filters is not None:
                self._filters.__exit__(kind, error, trace)
                self._filters = None


quiet = Quiet()
"""The one instance: the filters that it guards are the process's own."""

"""How fast a job goes and how long it will yet take, in words."""

from __future__ import annotations

import time
from collections import deque

from fpt_core.events import Progress

_WINDOW_S = 10.0
_LEAST_S = 1.0


class Pace:
    """Follows the progress of one stage after another."""

    def __init__(self) -> None:
        self._stage = ""
        self._seen: deque[tuple[float, int]] = deque()

    def tell(self, event: Progress, now: float | None = None) -> str:
        """Such as ``Reading images: 1,240 of 50,000 · 812/s · 1 min left``."""
        now = time.monotonic() if now is None else now
        if event.stage != self._stage:
            self._stage = event.stage
            self._seen.clear()
        self._seen.append((now, event.done))
        while now - self._seen[0][0] > _WINDOW_S:
            self._seen.popleft()
        total = f" of {event.total:,}" if event.total else ""
        return f"{event.stage}: {event.done:,}{total}{self._speed(event)}"

    def _speed(self, event: Progress) -> str:
        (first, done), (last, now_done) = self._seen[0], self._seen[-1]
        if last - first < _LEAST_S or now_done <= done:
            return ""
        rate = (now_done - done) / (last - first)
        text = f" · {rate:,.0f}/s" if rate >= 10 else f" · {rate:.1f}/s"
        return f"{text} · {_left((event.total - event.done) / rate)}" if event.total else text


def _left(seconds: float) -> str:
    if seconds < 60:
        return f"{max(seconds, 1):.0f} s left"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min left"
    return f"{seconds / 3600:.1f} h left"

"""Two viewers that show the same place, the same frame, and where wanted the same window."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject

from app.viewer.image_view import Placement
from app.viewer.viewer import Viewer
from fpt_core.images import Window


class Link(QObject):
    """Lets each of two viewers follow what is done in the other.

    Images of different sizes show the same share of their width.
    """

    def __init__(self, first: Viewer, second: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self.is_on = False
        self.links_windows = False
        self._follows = False
        self._wanted: dict[Viewer, list[int]] = {first: [], second: []}
        for source, other in ((first, second), (second, first)):
            source.view.placed.connect(
                lambda placement, s=source, o=other: self._place(s, o, placement)
            )
            source.view.window_changed.connect(
                lambda center, width, o=other: self._set_window(o, Window(center, width))
            )
            source.shown.connect(lambda _, frame, s=source, o=other: self._go_to(s, o, frame))

    def _place(self, source: Viewer, other: Viewer, placement: Placement) -> None:
        if self.is_on and source.width_px and other.width_px:
            scale = placement.scale * source.width_px / other.width_px
            other.view.place_like(replace(placement, scale=scale))

    def _set_window(self, other: Viewer, window: Window) -> None:
        if not (self.is_on and self.links_windows) or self._follows:
            return
        self._follows = True
        try:
            other.view.set_window(window)
        finally:
            self._follows = False

    def _go_to(self, source: Viewer, other: Viewer, frame: int) -> None:
        asked = self._wanted[source]
        if frame in asked:
            # It follows already; frames that were skipped on the way to the last never come.
            if frame == asked[-1]:
                asked.clear()
            return
        wanted = min(frame, other.frames - 1)
        if self.is_on and other.frames and other.frame != wanted:
            self._wanted[other].append(wanted)
            other.show_frame(wanted)

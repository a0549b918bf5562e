"""An image and its answer kept beside the one on screen: another image, or another model's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.viewer.link import Link
from app.viewer.viewer import Viewer
from app.widgets.button import make_button
from fpt_core.events import Predicted, TokenMap

KEYS = (("B", "Keep this image and its answer beside the next; again: take it away"),)
_KEEP, _CLOSE = "Side by side (B)", "One image (B)"


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What is said of an image beside it."""

    answer: Predicted | None
    """``None`` where the model has not answered yet, or there is none."""
    model: str
    """In words."""
    layer: TokenMap | None
    """What lies over the image."""

    @property
    def text(self) -> str:
        """The answer in a line."""
        if self.answer is None:
            return "No answer"
        best = self.answer.best
        name, probability = self.answer.class_names[best], self.answer.probabilities[best]
        return f"{name} {probability:.1%} · {self.model}"


class SideBySide(QWidget):
    """The image on screen, and to its right one that was kept with its answer.

    Args:
        viewer: The image on screen.
        answer: What is said of it now.
    """

    def __init__(self, viewer: Viewer, answer: Callable[[], KeptAnswer]) -> None:
        super().__init__()
        self.setObjectName("sideBySide")
        self._viewer, self._answer = viewer, answer
        self._kept_answer = KeptAnswer(None, "", None)
        self._heatmap_shown = True
        self.kept = Viewer()
        self.kept.setObjectName("keptViewer")
        self.kept.shown.connect(self._on_shown)
        self._link = Link(viewer, self.kept, self)
        self.text = QLabel()
        self.text.setObjectName("keptAnswer")
        self.text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.windows = QCheckBox("Same window")
        self.windows.setObjectName("linkWindows")
        self.windows.setAccessibleName("Both images with the same display window")
        self.windows.toggled.connect(self._on_windows_toggled)
        self.button: QPushButton = make_button("sideBySideButton", _KEEP, self.toggle)
        self.button.setToolTip("Keep this image and its answer beside the next one")
        self._build()

    @property
    def is_on(self) -> bool:
        """Whether two images are on screen."""
        return not self._row.isHidden()

    def add_shortcut(self, panel: QWidget) -> None:
        """Let the key work wherever in ``panel`` the focus is."""
        shortcut = QShortcut(QKeySequence("B"), panel)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.toggle)

    def toggle(self) -> None:
        """Keep the image on screen beside what comes next, or take it away."""
        if self.is_on:
            self.close_kept()
        elif self._viewer.path is not None:
            self._set_on(True)
            half = self._splitter.width() // 2
            self._splitter.setSizes([half, half])
            self.kept.open(self._viewer.path, self._viewer.frame)
            self._say(self._answer())

    def close_kept(self) -> None:
        """Show one image alone."""
        self._link.is_on = False
        self._set_on(False)
        self.kept.clear()
        self._viewer.view.setFocus()

    def show_answer(self, answer: Predicted, layer: TokenMap | None) -> None:
        """The answer to an image that was kept before it was there; others are passed over."""
        awaited = self._kept_answer.answer is None and bool(self._kept_answer.model)
        is_kept = (answer.path, answer.frame) == (str(self.kept.path), self.kept.frame)
        if self.is_on and awaited and is_kept:
            self._say(KeptAnswer(answer, self._kept_answer.model, layer))

    def set_heatmap_shown(self, shown: bool) -> None:
        """Show or hide the heatmap of the kept image."""
        self._heatmap_shown = shown
        self._draw_layer()

    def close_readers(self) -> None:
        """Stop decoding in the background."""
        self.kept.close_readers()

    def _set_on(self, on: bool) -> None:
        self.kept.setVisible(on)
        self._row.setVisible(on)
        self.button.setText(_CLOSE if on else _KEEP)

    def _say(self, kept: KeptAnswer) -> None:
        self._kept_answer = kept
        self.text.setText(f"Right: {kept.text}")
        self._draw_layer()

    def _draw_layer(self) -> None:
        answer = self._kept_answer.answer
        # The tokens of one frame lie on no other.
        is_of_frame = answer is not None and answer.frame == self.kept.frame
        self.kept.view.set_heatmap(self._kept_answer.layer)
        self.kept.view.set_heatmap_visible(self._heatmap_shown and is_of_frame)

    def _on_shown(self) -> None:
        self._draw_layer()
        if not self._link.is_on:
            self._link.is_on = True
            # Half as wide as it was, it is fitted anew, and the other with it.
            self._viewer.fit()

    def _on_windows_toggled(self, wanted: bool) -> None:
        self._link.links_windows = wanted
        if wanted and self.is_on:
            self.kept.view.set_window(self._viewer.view.window_level)

    def _build(self) -> None:
        """Both images at the same size, and what is said of the kept one below them."""
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        for viewer in (self._viewer, self.kept):
            self._splitter.addWidget(viewer)
        self._row = QWidget()
        row = QHBoxLayout(self._row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.text, stretch=1)
        row.addWidget(self.windows)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._splitter, stretch=1)
        layout.addWidget(self._row)
        self._set_on(False)

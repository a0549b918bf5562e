"""An image and its answer kept beside the one on screen: another image, or another model's."""

from __future__ import annotations

from collections.abc import Callable

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
from fpt_core.events import TokenMap

KEYS = (("B", "Keep this image and its answer beside the next; again: take it away"),)
_KEEP, _CLOSE = "Side by side (B)", "One image (B)"


class SideBySide(QSplitter):
    """The image on screen, and to its right one that was kept with its answer.

    Args:
        viewer: The image on screen.
        answer: What is said of it now, with the layer that lies over it.
    """

    def __init__(self, viewer: Viewer, answer: Callable[[], tuple[str, TokenMap | None]]) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName("sideBySide")
        self._viewer, self._answer = viewer, answer
        self._layer: TokenMap | None = None
        self.kept = Viewer()
        self.kept.setObjectName("keptViewer")
        self.kept.shown.connect(self._on_shown)
        self._link = Link(viewer, self.kept, self)
        self.text = QLabel()
        self.text.setObjectName("keptAnswer")
        self.text.setWordWrap(True)
        self.windows = QCheckBox("Same window")
        self.windows.setObjectName("linkWindows")
        self.windows.setAccessibleName("Both images with the same display window")
        self.windows.toggled.connect(self._on_windows_toggled)
        self.button: QPushButton = make_button("sideBySideButton", _KEEP, self.toggle)
        self.button.setToolTip("Keep this image and its answer beside the next one")
        self._page = self._kept_page()
        self.addWidget(viewer)
        self.addWidget(self._page)
        self.setSizes([1, 1])
        self.setChildrenCollapsible(False)
        self._page.hide()

    @property
    def is_on(self) -> bool:
        """Whether two images are on screen."""
        return not self._page.isHidden()

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
            text, self._layer = self._answer()
            self.text.setText(text)
            self._page.show()
            self.button.setText(_CLOSE)
            self.setSizes([self.width() // 2, self.width() // 2])
            self.kept.open(self._viewer.path, self._viewer.frame)

    def close_kept(self) -> None:
        """Show one image alone."""
        self._link.is_on = False
        self._page.hide()
        self.button.setText(_KEEP)
        self.kept.clear()
        self._viewer.view.setFocus()

    def close_readers(self) -> None:
        """Stop decoding in the background."""
        self.kept.close_readers()

    def _on_shown(self) -> None:
        # The answer is for the first frame: its tokens lie on no other.
        self.kept.view.set_heatmap(self._layer)
        self.kept.view.set_heatmap_visible(self.kept.frame == 0)
        if not self._link.is_on:
            self._link.is_on = True
            # Half as wide as it was, it is fitted anew, and the other with it.
            self._viewer.fit()

    def _on_windows_toggled(self, wanted: bool) -> None:
        self._link.links_windows = wanted
        if wanted and self.is_on:
            self.kept.view.set_window(self._viewer.view.window_level)

    def _kept_page(self) -> QWidget:
        row = QHBoxLayout()
        row.addWidget(self.text, stretch=1)
        row.addWidget(self.windows)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(8, 0, 0, 0)
        layout.addWidget(self.kept, stretch=1)
        layout.addLayout(row)
        return page

"""One image or stack with its captions, frames and keys."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QMessageBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.viewer.cine_bar import CineBar
from app.viewer.frame_loader import FrameLoader, Unreadable
from app.viewer.image_view import ImageView
from app.viewer.keys import KEYS, key_table
from app.viewer.metadata_dialog import MetadataDialog
from app.viewer.picture_levels import PictureLevels
from app.viewer.window_presets import window_presets
from app.widgets.elided_label import ElidedLabel


class Viewer(QWidget):
    """Shows a file. Reads it off the GUI thread.

    Signals:
        shown(path, frame): A frame is on screen.
        failed(path, error): The file cannot be shown; of a single frame it says so itself.
    """

    shown = Signal(object, int)
    failed = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("viewer")
        self.path: Path | None = None
        self.frame = self.frames = 0
        """Which frame is on screen, from 0, and of how many; 0 while nothing is shown."""
        self.more_keys: tuple[tuple[str, str], ...] = ()
        """Keys of the panel around, for the list of keys."""
        self._picture: PictureLevels | None = None
        self._loader = FrameLoader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self.view = ImageView()
        self.view.window_changed.connect(self._on_window_changed)
        self.view.frame_wanted.connect(self._loader.want)
        self.cine = CineBar()
        self.cine.frame_wanted.connect(self._loader.want)
        self._build()
        for spec in KEYS:
            shortcut = QShortcut(QKeySequence(spec.key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(getattr(self, spec.handler))

    def open(self, path: Path, frame: int = 0) -> None:
        """Show one frame of ``path``."""
        self.path, self.frame, self.frames, self._picture = path, frame, 0, None
        # The image before must not stand under the name of this one.
        self.view.clear()
        self.cine.stop()
        self.cine.hide()
        self._name.set_whole_text(path.name, str(path))
        self._window_text.setText("")
        self._loader.open(path, frame)

    @property
    def width_px(self) -> int:
        """Of the image on screen, in its own pixels; 0 while nothing is shown."""
        return 0 if self._picture is None else self._picture.size[0]

    def show_frame(self, frame: int) -> None:
        """Show another frame of the same file."""
        self._loader.want(frame)

    def next_frames(self) -> list[int]:
        """Frames of the file that are likely to be wanted soon, the first first."""
        return self._loader.ahead

    def expect(self, path: Path, frame: int = 0) -> None:
        """Decode a frame ahead that is likely to be opened next."""
        self._loader.expect(path, frame)

    def clear(self) -> None:
        """Show nothing."""
        self.path, self.frames, self._picture = None, 0, None
        self.cine.stop()
        self.view.clear()
        self._loader.forget()

    def close_readers(self) -> None:
        """Stop decoding in the background."""
        self.cine.stop()
        self._loader.close()

    # --- keys -------------------------------------------------------------------------

    def invert(self) -> None:
        """Swap bright and dark."""
        self.view.invert()

    def reset(self) -> None:
        """Window, direction and zoom as the file has them."""
        self.view.reset()

    def fit(self) -> None:
        """Show the whole image."""
        self.view.fit()

    def show_actual_size(self) -> None:
        """One image pixel on each screen pixel."""
        self.view.show_actual_size()

    def turn(self) -> None:
        """Turn a quarter to the right."""
        self.view.turn()

    def flip_left_to_right(self) -> None:
        """Mirror left to right."""
        self.view.flip(left_to_right=True)

    def flip_top_to_bottom(self) -> None:
        """Mirror top to bottom."""
        self.view.flip(left_to_right=False)

    def toggle_cine(self) -> None:
        """Play or stop the frames."""
        self.cine.toggle()

    def show_metadata(self) -> None:
        """Open the page of what the file says of itself."""
        if self.path is not None:
            dialog = MetadataDialog(self.path, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def show_keys(self) -> None:
        """List keys and mouse."""
        box = QMessageBox(self)
        box.setObjectName("keyHelp")
        box.setWindowTitle("Keys and mouse")
        box.setTextFormat(Qt.TextFormat.RichText)
        box.setText(key_table(self.more_keys))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    # --- events -----------------------------------------------------------------------

    def _on_loaded(self, path: Path, frame: int, picture: PictureLevels) -> None:
        same_image = self._picture is not None
        self._picture, self.frame, self.frames = picture, frame, picture.frames
        self.view.show_picture(picture, frame, keep_view=same_image)
        self.cine.show_frame(frame, picture.frames)
        if not same_image:
            self._fill_presets(picture)
            # From here on the viewer's keys work without a click into the image.
            self.view.setFocus()
        self.shown.emit(path, frame)

    def _on_failed(self, path: Path, frame: int, unreadable: Unreadable) -> None:
        """A file of one frame is not shown; of more, the others still can be."""
        if unreadable.frames < 2:
            self.failed.emit(path, unreadable.error)
            return
        self.frame, self.frames = frame, unreadable.frames
        words = f"Frame {frame + 1} cannot be shown.\n{unreadable.error}"
        self.view.show_unreadable(frame, unreadable.frames, words)
        self.cine.show_frame(frame, unreadable.frames)
        self.view.setFocus()
        self.shown.emit(path, frame)

    def _on_window_changed(self, center: float, width: float) -> None:
        if self._picture is None or self._picture.pixels.is_colour:
            self._window_text.setText("")
            return
        unit = self._picture.pixels.unit
        self._window_text.setText(f"Window {width:.0f} · level {center:.0f} {unit}".rstrip())

    def _fill_presets(self, picture: PictureLevels) -> None:
        self._presets.clear()
        presets = window_presets(picture)
        for number, preset in enumerate(presets, start=1):
            window = preset.window
            action = self._presets.addAction(
                f"{preset.text}\t{number}" if number < 10 else preset.text
            )
            action.setToolTip(f"Window {window.width:.0f}, level {window.center:.0f}")
            action.triggered.connect(lambda _=False, window=window: self.view.set_window(window))
        self._preset_button.setVisible(bool(presets))
        self._on_window_changed(self.view.window_level.center, self.view.window_level.width)

    # --- construction -----------------------------------------------------------------

    def _build(self) -> None:
        self._name = ElidedLabel("imageName")
        self._name.setProperty("role", "heading")
        self._window_text = _hint("windowText")
        self._hover_text = _hint("hoverText")
        self.view.hovered.connect(self._hover_text.setText)
        self._presets = QMenu(self)
        self._preset_button = _tool("windowPresets", "Window", "Display windows (keys 1 to 9)")
        self._preset_button.setMenu(self._presets)
        self._preset_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._preset_button.hide()
        metadata = _tool("metadata", "Metadata", "What the file says of itself (M)")
        metadata.clicked.connect(self.show_metadata)
        keys = _tool("keys", "?", "Keys and mouse (?)")
        keys.setAccessibleName("Keys and mouse")
        keys.clicked.connect(self.show_keys)
        top, bottom = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self._name, stretch=1)
        for button in (self._preset_button, metadata, keys):
            top.addWidget(button)
        bottom.addWidget(self._window_text)
        bottom.addStretch()
        bottom.addWidget(self._hover_text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addWidget(self.view, stretch=1)
        layout.addWidget(self.cine)
        layout.addLayout(bottom)


def _hint(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setProperty("role", "hint")
    return label


def _tool(name: str, text: str, tool_tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setAccessibleName(text)
    button.setText(text)
    button.setToolTip(tool_tip)
    return button

"""The viewer: an image with pan, zoom, window and a heatmap over it.

Keys and mouse follow the viewers of the field: left drag window and level, middle drag
pan, right drag or Ctrl+wheel zoom, wheel and arrows through frames.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPixmap,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsPixmapItem, QGraphicsScene, QGraphicsView, QWidget

from app.widgets.heatmap_overlay import heatmap_image
from app.widgets.pictures import to_qimage
from fpt_core.events import TokenMap
from fpt_core.images import Pixels, Window, apply_window, robust_window

_ZOOM_STEP = 1.2
_DRAG_ZOOM_PER_PX = 1.01
_SCALES = (0.02, 100.0)
"""Screen pixels per image pixel, at least and at most."""
_WINDOW_PER_PX = 1 / 300
"""Share of the image's own width of values by which one pixel of drag changes the window."""


class ImageView(QGraphicsView):
    """Shows one frame. Lives in the GUI thread and never reads files.

    Signals:
        window_changed(center, width): After the user's edits and after a new image;
            rescaled units (HU for CT).
        frame_wanted(frame): The wheel or an arrow key asks for another frame.
        hovered(text): What is under the cursor, in words; empty outside the image.
    """

    window_changed = Signal(float, float)
    frame_wanted = Signal(int)
    hovered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("imageView")
        self.setAccessibleName("Image")
        self.setScene(QGraphicsScene(self))
        self._picture = QGraphicsPixmapItem()
        self._heatmap = QGraphicsPixmapItem()
        self._heatmap.setTransformationMode(Qt.TransformationMode.FastTransformation)
        self._picture.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self.scene().addItem(self._picture)
        self.scene().addItem(self._heatmap)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setBackgroundBrush(Qt.GlobalColor.black)
        # Drops belong to the panel around this view.
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self._pixels: Pixels | None = None
        self._frame = 0
        self._window = Window(128, 256)
        self._inverted = False
        self._fitted = True
        self._pressed = self._last = QPointF()

    @property
    def window_level(self) -> Window:
        """The display window in use."""
        return self._window

    @property
    def heatmap_visible(self) -> bool:
        """Whether a heatmap is on screen."""
        return self._heatmap.isVisible() and not self._heatmap.pixmap().isNull()

    def set_pixels(self, pixels: Pixels, frame: int = 0, *, keep_view: bool = False) -> None:
        """Show a frame; ``keep_view`` leaves zoom and window as they are."""
        self._pixels, self._frame = pixels, frame
        if not keep_view:
            self._inverted = pixels.inverted
            if not pixels.is_colour:
                self._window = pixels.window or robust_window(pixels.values)
        self._render()
        if not keep_view:
            self.fit()
            self.window_changed.emit(self._window.center, self._window.width)

    def clear(self) -> None:
        """Show nothing."""
        self._pixels = None
        self._picture.setPixmap(QPixmap())
        self.set_heatmap(None)

    def set_heatmap(self, token_map: TokenMap | None) -> None:
        """Lay a token map over the pixels that it covers."""
        if token_map is None:
            self._heatmap.setPixmap(QPixmap())
            return
        left, top, right, bottom = token_map.box
        self._heatmap.setPixmap(QPixmap.fromImage(heatmap_image(token_map)))
        scale = QTransform.fromScale(
            (right - left) / token_map.cols, (bottom - top) / token_map.rows
        )
        self._heatmap.setTransform(scale)
        self._heatmap.setPos(left, top)

    def set_heatmap_visible(self, visible: bool) -> None:
        """Show or hide the heatmap."""
        self._heatmap.setVisible(visible)

    def set_heatmap_opacity(self, opacity: float) -> None:
        """How strongly the heatmap covers the image, from 0 to 1."""
        self._heatmap.setOpacity(opacity)

    def invert(self) -> None:
        """Swap bright and dark."""
        self._inverted = not self._inverted
        self._render()

    def reset(self) -> None:
        """Window, inversion and zoom as the file has them."""
        if self._pixels is not None:
            self.set_pixels(self._pixels, self._frame)

    def fit(self) -> None:
        """Show the whole image."""
        self._fitted = True
        bounds = self._picture.boundingRect()
        # Room to pan beyond the edges.
        margin = max(bounds.width(), bounds.height())
        self.setSceneRect(bounds.adjusted(-margin, -margin, margin, margin))
        if not bounds.isEmpty():
            self.fitInView(bounds, Qt.AspectRatioMode.KeepAspectRatio)

    def _render(self) -> None:
        if self._pixels is None:
            return
        if self._pixels.is_colour:
            rgb = self._pixels.values.astype(np.uint8, copy=False)
            shown = 255 - rgb if self._inverted else rgb
        else:
            shown = apply_window(self._pixels.values, self._window, self._inverted)
        self._picture.setPixmap(QPixmap.fromImage(to_qimage(shown)))

    # --- mouse and keys -----------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = self._last = event.position()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        moved, self._last = event.position() - self._last, event.position()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._change_window(moved)
        elif event.buttons() & Qt.MouseButton.MiddleButton:
            self._pan(moved)
        elif event.buttons() & Qt.MouseButton.RightButton:
            self._zoom(_DRAG_ZOOM_PER_PX ** -moved.y(), self._pressed)
        self._tell_hovered(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        up = event.angleDelta().y() > 0
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom(_ZOOM_STEP if up else 1 / _ZOOM_STEP, event.position())
        else:
            self._step_frame(-1 if up else 1)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Right: 1,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._step_frame(steps[key])
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def _change_window(self, moved: QPointF) -> None:
        if self._pixels is None or self._pixels.is_colour:
            return
        own = (self._pixels.window or robust_window(self._pixels.values)).width
        width = max(1.0, self._window.width + moved.x() * own * _WINDOW_PER_PX)
        center = self._window.center + moved.y() * own * _WINDOW_PER_PX
        self._window = Window(center, width)
        self._render()
        self.window_changed.emit(center, width)

    def _pan(self, moved: QPointF) -> None:
        self._fitted = False
        scale = self.transform().m11()
        self.translate(moved.x() / scale, moved.y() / scale)

    def _zoom(self, factor: float, around: QPointF) -> None:
        low, high = (limit / self.transform().m11() for limit in _SCALES)
        factor = min(max(factor, low), high)
        self._fitted = False
        before = self.mapToScene(around.toPoint())
        self.scale(factor, factor)
        moved = self.mapToScene(around.toPoint()) - before
        self.translate(moved.x(), moved.y())

    def _step_frame(self, step: int) -> None:
        if self._pixels is not None and 0 <= self._frame + step < self._pixels.frames:
            self.frame_wanted.emit(self._frame + step)

    def _tell_hovered(self, position: QPointF) -> None:
        point = self.mapToScene(position.toPoint())
        column, row = int(np.floor(point.x())), int(np.floor(point.y()))
        pixels = self._pixels
        if pixels is None or not (
            0 <= row < pixels.values.shape[0] and 0 <= column < pixels.values.shape[1]
        ):
            self.hovered.emit("")
            return
        value = pixels.values[row, column]
        if pixels.is_colour:
            text = ", ".join(str(int(part)) for part in value)
        else:
            text = f"{float(value):g} {pixels.unit}".strip()
        self.hovered.emit(f"column {column}, row {row}: {text}")

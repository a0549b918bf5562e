"""The image with pan, zoom, window, turn and flip, a heatmap over it and a ruler.

Keys and mouse follow the viewers of the field: left drag window and level, middle drag
pan, right drag or Ctrl+wheel zoom, wheel and arrows through frames, numbers for windows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsPixmapItem,
    QGraphicsRectItem,
    QGraphicsScene,
    QGraphicsView,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.viewer.picture_item import PictureItem
from app.viewer.picture_levels import PictureLevels
from app.viewer.ruler_item import RulerItem
from app.viewer.window_presets import window_presets
from app.widgets.heatmap_overlay import heatmap_pixmap
from fpt_core.events import TokenMap
from fpt_core.images import Window

_ZOOM_STEP = 1.2
_DRAG_ZOOM_PER_PX = 1.01
_SCALES = (0.02, 100.0)
"""Screen pixels per image pixel, at least and at most."""
_WINDOW_PER_PX = 1 / 300
"""Share of the image's own width of values by which one pixel of drag changes the window."""
_FRAME_STEPS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_PageUp: -10,
    Qt.Key.Key_PageDown: 10,
    Qt.Key.Key_Home: -(10**9),
    Qt.Key.Key_End: 10**9,
}


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the image stands on screen, so that another view can show the same place."""

    scale: float
    """Screen pixels per image pixel."""
    centre: tuple[float, float]
    """The point in the middle, as shares of the image's width and height."""
    quarter_turns: int
    flipped: tuple[bool, bool]
    """Left to right, and top to bottom."""


class ImageView(QGraphicsView):
    """Shows one frame. Lives in the GUI thread and never reads files.

    Signals:
        window_changed(center, width): After the user's edits and after a new image;
            rescaled units (HU for CT).
        frame_wanted(frame): The wheel or a key asks for another frame.
        hovered(text): What is under the cursor, in words; empty outside the image.
        placed(placement): The user has zoomed, panned, turned or flipped.
    """

    window_changed = Signal(float, float)
    frame_wanted = Signal(int)
    hovered = Signal(str)
    placed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("imageView")
        self.setAccessibleName("Image")
        self.setScene(QGraphicsScene(self))
        # Turning and flipping move the stage; what lies on it moves along.
        self._stage = QGraphicsRectItem()
        self._stage.setPen(Qt.PenStyle.NoPen)
        self._stage.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        self._picture = PictureItem()
        self._picture.setParentItem(self._stage)
        self._heatmap = QGraphicsPixmapItem(self._stage)
        self._heatmap.setTransformationMode(Qt.TransformationMode.FastTransformation)
        self.ruler = RulerItem(self._stage)
        self.scene().addItem(self._stage)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setBackgroundBrush(Qt.GlobalColor.black)
        # Drops belong to the panel around this view.
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        self._shown: PictureLevels | None = None
        self._frame, self._frames = 0, 1
        self._words = _words_over(self.viewport())
        self._window: Window | None = None
        self._inverted = False
        self._fitted = True
        self._quarter_turns, self._flipped = 0, (False, False)
        self._pressed = self._last = QPointF()

    # --- what is shown ------------------------------------------------------------

    @property
    def window_level(self) -> Window:
        """The display window in use."""
        if self._window is not None:
            return self._window
        return Window(128, 256) if self._shown is None else self._shown.robust

    @property
    def heatmap_visible(self) -> bool:
        """Whether a heatmap is on screen."""
        return self._heatmap.isVisible() and not self._heatmap.pixmap().isNull()

    @property
    def placement(self) -> Placement:
        """Where the image stands."""
        bounds = self._picture.boundingRect()
        middle = self._to_image(QPointF(self.viewport().rect().center()))
        centre = (
            middle.x() / max(bounds.width(), 1.0),
            middle.y() / max(bounds.height(), 1.0),
        )
        return Placement(self.transform().m11(), centre, self._quarter_turns, self._flipped)

    def show_picture(
        self, picture: PictureLevels, frame: int = 0, *, keep_view: bool = False
    ) -> None:
        """Show a frame; ``keep_view`` leaves zoom, window and ruler as they are."""
        self._shown, self._frame, self._frames = picture, frame, picture.frames
        self._words.hide()
        self._picture.set_picture(picture)
        if keep_view:
            self._render()
            return
        self.ruler.hide()
        self._window, self._inverted = picture.pixels.window, picture.pixels.inverted
        self._quarter_turns, self._flipped = 0, (False, False)
        self._turn_stage()
        self._render()
        self.fit()
        self._tell_window()

    def clear(self) -> None:
        """Show nothing."""
        self._shown, self._frames = None, 1
        self._words.hide()
        self._picture.set_picture(None)
        self.ruler.hide()
        self.set_heatmap(None)

    def show_unreadable(self, frame: int, frames: int, words: str) -> None:
        """Show words in place of a frame; wheel and keys lead on to the others."""
        self._shown, self._frame, self._frames = None, frame, frames
        self._picture.set_picture(None)
        self.ruler.hide()
        self.hovered.emit("")
        self._words.setText(words)
        self._words.show()

    def set_heatmap(self, token_map: TokenMap | None) -> None:
        """Lay a token map over the pixels that it covers."""
        if token_map is None:
            self._heatmap.setPixmap(heatmap_pixmap(None))
            return
        left, top, right, bottom = token_map.box
        self._heatmap.setPixmap(heatmap_pixmap(token_map))
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

    # --- window -------------------------------------------------------------------

    def set_window(self, window: Window) -> None:
        """Show with this display window; colour has none."""
        if self._shown is None or self._shown.pixels.is_colour:
            return
        self._window = window
        self._render()
        self._tell_window()

    def invert(self) -> None:
        """Swap bright and dark."""
        self._inverted = not self._inverted
        self._render()

    def _render(self) -> None:
        self._picture.set_display(self._window, self._inverted)

    def _tell_window(self) -> None:
        window = self.window_level
        self.window_changed.emit(window.center, window.width)

    def _change_window(self, moved: QPointF) -> None:
        if self._shown is None:
            return
        own = (self._shown.pixels.window or self._shown.robust).width
        window = self.window_level
        width = max(1.0, window.width + moved.x() * own * _WINDOW_PER_PX)
        self.set_window(Window(window.center + moved.y() * own * _WINDOW_PER_PX, width))

    # --- place --------------------------------------------------------------------

    def reset(self) -> None:
        """Window, inversion, direction and zoom as the file has them."""
        if self._shown is not None:
            self.show_picture(self._shown, self._frame)
            self.placed.emit(self.placement)

    def fit(self) -> None:
        """Show the whole image."""
        self._fitted = True
        bounds = self._stage_bounds()
        # Room to pan beyond the edges.
        margin = max(bounds.width(), bounds.height())
        self.setSceneRect(bounds.adjusted(-margin, -margin, margin, margin))
        if not bounds.isEmpty():
            self.fitInView(bounds, Qt.AspectRatioMode.KeepAspectRatio)
        self.placed.emit(self.placement)

    def show_actual_size(self) -> None:
        """One image pixel on each screen pixel."""
        middle = QPointF(self.viewport().rect().center())
        self._zoom(1 / (self.devicePixelRatioF() * self.transform().m11()), middle)

    def turn(self) -> None:
        """Turn the image a quarter to the right, on screen only."""
        self._quarter_turns = (self._quarter_turns + 1) % 4
        self._turn_stage()
        self.fit()

    def flip(self, *, left_to_right: bool) -> None:
        """Mirror the image as it stands, on screen only."""
        # What is left and right on screen are the image's rows after an odd number of turns.
        columns = left_to_right == (self._quarter_turns % 2 == 0)
        across, down = self._flipped
        self._flipped = (across != columns, down != (not columns))
        self._turn_stage()
        self.placed.emit(self.placement)

    def place_like(self, placement: Placement) -> None:
        """Show the same place as another view, and say nothing of it."""
        bounds = self._picture.boundingRect()
        self._quarter_turns, self._flipped = placement.quarter_turns, placement.flipped
        self._turn_stage()
        self._fitted = False
        x, y = placement.centre
        self.setTransform(QTransform.fromScale(placement.scale, placement.scale))
        self.centerOn(self._stage.mapToScene(QPointF(x * bounds.width(), y * bounds.height())))

    def _turn_stage(self) -> None:
        middle = self._picture.boundingRect().center()
        across, down = self._flipped
        turned = QTransform.fromTranslate(middle.x(), middle.y())
        turned.rotate(90 * self._quarter_turns)
        turned.scale(-1 if across else 1, -1 if down else 1)
        turned.translate(-middle.x(), -middle.y())
        self._stage.setTransform(turned)

    def _stage_bounds(self) -> QRectF:
        return self._stage.mapRectToScene(self._picture.boundingRect())

    def _pan(self, moved: QPointF) -> None:
        self._fitted = False
        scale = self.transform().m11()
        self.translate(moved.x() / scale, moved.y() / scale)
        self.placed.emit(self.placement)

    def _zoom(self, factor: float, around: QPointF) -> None:
        low, high = (limit / self.transform().m11() for limit in _SCALES)
        factor = min(max(factor, low), high)
        self._fitted = False
        before = self.mapToScene(around.toPoint())
        self.scale(factor, factor)
        moved = self.mapToScene(around.toPoint()) - before
        self.translate(moved.x(), moved.y())
        self.placed.emit(self.placement)

    # --- mouse and keys -----------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = self._last = event.position()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        moved, self._last = event.position() - self._last, event.position()
        if event.buttons() & Qt.MouseButton.LeftButton:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self._measure(event.position())
            else:
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
        key = Qt.Key(event.key())
        if key in _FRAME_STEPS:
            self._step_frame(_FRAME_STEPS[key])
        elif Qt.Key.Key_1 <= key <= Qt.Key.Key_9 and not event.modifiers():
            self._use_preset(key - Qt.Key.Key_1)
        elif key == Qt.Key.Key_Escape and self.ruler.isVisible():
            self.ruler.hide()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def _use_preset(self, number: int) -> None:
        presets = [] if self._shown is None else window_presets(self._shown)
        if number < len(presets):
            self.set_window(presets[number].window)

    def _measure(self, to: QPointF) -> None:
        if self._shown is not None:
            line = QLineF(self._to_image(self._pressed), self._to_image(to))
            self.ruler.measure(line, self._shown.pixels.spacing_mm)

    def _step_frame(self, step: int) -> None:
        frame = min(max(self._frame + step, 0), self._frames - 1)
        if frame != self._frame:
            self.frame_wanted.emit(frame)

    def _to_image(self, position: QPointF) -> QPointF:
        """Image coordinates of a place in the viewport."""
        inverse, _ = self.viewportTransform().inverted()
        return self._stage.mapFromScene(inverse.map(position))

    def _tell_hovered(self, position: QPointF) -> None:
        point = self._to_image(position)
        column, row = math.floor(point.x()), math.floor(point.y())
        width, height = (0, 0) if self._shown is None else self._shown.size
        if self._shown is None or not (0 <= column < width and 0 <= row < height):
            self.hovered.emit("")
            return
        pixels = self._shown.pixels
        value = pixels.values[row, column]
        if pixels.is_colour:
            text = ", ".join(str(int(part)) for part in value)
        else:
            text = f"{float(value):g} {pixels.unit}".strip()
        self.hovered.emit(f"column {column}, row {row}: {text}")


def _words_over(viewport: QWidget) -> QLabel:
    """Words in the middle of the black."""
    words = QLabel()
    words.setObjectName("frameUnreadable")
    words.setWordWrap(True)
    words.setAlignment(Qt.AlignmentFlag.AlignCenter)
    words.setStyleSheet("color: #d8dee6; background: transparent")
    words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    words.hide()
    QVBoxLayout(viewport).addWidget(words)
    return words

"""Drags with a button held, which QTest's own moves do not have."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.viewer.image_view import ImageView

_NO_MODIFIER = Qt.KeyboardModifier.NoModifier


def drag(
    view: ImageView,
    button: Qt.MouseButton,
    *stops: QPoint,
    start: QPoint | None = None,
    modifiers: Qt.KeyboardModifier = _NO_MODIFIER,
) -> None:
    """Press at ``start``, move over ``stops``, let go; all seen from the middle."""
    middle = view.viewport().rect().center()
    _send(view, QEvent.Type.MouseButtonPress, middle + (start or QPoint()), button, modifiers)
    for stop in stops:
        _send(view, QEvent.Type.MouseMove, middle + stop, button, modifiers)
    _send(view, QEvent.Type.MouseButtonRelease, middle + stops[-1], button, modifiers)


def _send(
    view: ImageView,
    kind: QEvent.Type,
    at: QPoint,
    button: Qt.MouseButton,
    modifiers: Qt.KeyboardModifier,
) -> None:
    viewport = view.viewport()
    nothing = Qt.MouseButton.NoButton
    event = QMouseEvent(
        kind,
        QPointF(at),
        QPointF(viewport.mapToGlobal(at)),
        nothing if kind is QEvent.Type.MouseMove else button,
        nothing if kind is QEvent.Type.MouseButtonRelease else button,
        modifiers,
    )
    QApplication.sendEvent(viewport, event)

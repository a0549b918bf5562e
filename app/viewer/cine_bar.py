"""Frames of a stack: a slider, play and stop, and the speed."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QSpinBox, QWidget

from app.widgets.button import make_button

_SPEEDS = (1, 60)
_USUAL_SPEED = 10


class CineBar(QWidget):
    """Hidden where there is a single frame.

    Signals:
        frame_wanted(frame): The slider or the clock asks for a frame.
    """

    frame_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frames, self._frame = 1, 0
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._on_tick)
        self.play = make_button("cinePlay", "Play", self.toggle)
        self.play.setToolTip("Play or stop the frames (Space)")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("frameSlider")
        self.slider.setAccessibleName("Frame")
        self.slider.setPageStep(10)
        self.slider.valueChanged.connect(self.frame_wanted)
        self.speed = QSpinBox()
        self.speed.setObjectName("cineSpeed")
        self.speed.setAccessibleName("Frames a second")
        self.speed.setRange(*_SPEEDS)
        self.speed.setValue(_USUAL_SPEED)
        self.speed.setSuffix(" /s")
        self.speed.valueChanged.connect(self._on_speed_changed)
        self._text = QLabel()
        self._text.setObjectName("frameText")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.play, self.slider, self._text, self.speed):
            layout.addWidget(widget, stretch=int(widget is self.slider))
        self.hide()

    def show_frame(self, frame: int, frames: int) -> None:
        """Say which frame is on screen."""
        self._frame, self._frames = frame, frames
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, frames - 1)
            self.slider.setValue(frame)
        self._text.setText(f"Frame {frame + 1} of {frames}")
        self.setVisible(frames > 1)

    def toggle(self) -> None:
        """Play, or stop playing."""
        if self._clock.isActive() or self._frames < 2:
            self.stop()
        else:
            self._clock.start(1000 // self.speed.value())
            self.play.setText("Stop")

    def stop(self) -> None:
        """Stop playing."""
        self._clock.stop()
        self.play.setText("Play")

    def _on_tick(self) -> None:
        self.frame_wanted.emit((self._frame + 1) % self._frames)

    def _on_speed_changed(self, speed: int) -> None:
        self._clock.setInterval(1000 // speed)

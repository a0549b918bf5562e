"""Chooses which layer of an answer lies over the image, and says in a sentence what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QSlider, QVBoxLayout, QWidget

from app.widgets.heatmap_overlay import HeatmapLegend
from fpt_core.events import Predicted, TokenMap

_OPACITY, _OPACITY_STEP = 60, 10
_SELECTED = (
    "How often the frozen backbone handed each patch to the model, over all its heads and tapped "
    "blocks: what could be read, not what decided."
)
_READ = (
    "How much of the model's attention each patch got, of all that it was handed: what was read, "
    "not whether it spoke for or against."
)
_EVIDENCE = (
    "What each patch adds to the score of {name} (orange) or takes from it (purple), compared with "
    "the average patch: the score would change by about so much if the model could not read it."
)


@dataclass(frozen=True, slots=True)
class _Layer:
    name: str
    token_map: TokenMap
    unit: str
    text: str


class HeatmapBox(QWidget):
    """Hidden while there is nothing to lay over the image.

    Signals:
        layer_changed(TokenMap): Show this one.
        opacity_changed(float): From 0 to 1.
        shown_changed(): The heatmap is wanted, or not.
    """

    layer_changed = Signal(object)
    opacity_changed = Signal(float)
    shown_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: list[_Layer] = []
        self.shown = QCheckBox("Heatmap (H)")
        self.shown.setObjectName("heatmapShown")
        self.shown.setAccessibleName("Show the heatmap")
        self.shown.setChecked(True)
        self.shown.toggled.connect(self.shown_changed)
        self.layers = QComboBox()
        self.layers.setObjectName("heatmapLayer")
        self.layers.setAccessibleName("What the heatmap shows")
        self.layers.setMinimumContentsLength(14)
        self.layers.currentIndexChanged.connect(self._show_layer)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setObjectName("heatmapOpacity")
        self.opacity.setAccessibleName("Opacity of the heatmap")
        self.opacity.setRange(0, 100)
        self.opacity.setValue(_OPACITY)
        self.opacity.valueChanged.connect(lambda value: self.opacity_changed.emit(value / 100))
        self.legend = HeatmapLegend()
        self.text = QLabel()
        self.text.setObjectName("heatmapText")
        self.text.setProperty("role", "hint")
        self.text.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        for widget in (self.shown, self.layers, self.opacity, self.legend, self.text):
            layout.addWidget(widget)
        self.hide()

    def add_shortcuts(self, panel: QWidget) -> None:
        """Let the keys work wherever in ``panel`` the focus is."""
        keys: tuple[tuple[str, Callable[[], object]], ...] = (
            ("H", self.shown.toggle),
            ("[", lambda: self._change_opacity(-_OPACITY_STEP)),
            ("]", lambda: self._change_opacity(_OPACITY_STEP)),
        )
        for key, act in keys:
            shortcut = QShortcut(QKeySequence(key), panel)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def chosen_of(self, answer: Predicted) -> TokenMap | None:
        """The layer of an answer that is chosen now; ``None`` where it has none."""
        layers = _layers(answer)
        return layers[self._kind if self._kind < len(layers) else 0].token_map if layers else None

    @property
    def _kind(self) -> int:
        return max(self.layers.currentIndex(), 0)

    def show_answer(self, answer: Predicted | None) -> None:
        """Offer the layers of an answer; the kind that was chosen before stays chosen."""
        kind = self._kind
        self._layers = [] if answer is None else _layers(answer)
        with QSignalBlocker(self.layers):
            self.layers.clear()
            self.layers.addItems([layer.name for layer in self._layers])
            self.layers.setCurrentIndex(kind if kind < len(self._layers) else 0)
        self.layers.setVisible(len(self._layers) > 1)
        self.setVisible(bool(self._layers))
        self._show_layer()

    def _show_layer(self) -> None:
        index = self.layers.currentIndex()
        if not self._layers or index < 0:
            self.layer_changed.emit(None)
            return
        layer = self._layers[index]
        self.text.setText(layer.text)
        self.legend.show_scale(layer.token_map, layer.unit)
        self.layer_changed.emit(layer.token_map)
        self.opacity_changed.emit(self.opacity.value() / 100)

    def _change_opacity(self, step: int) -> None:
        self.opacity.setValue(self.opacity.value() + step)


def _layers(answer: Predicted) -> list[_Layer]:
    """Evidence for the most probable class first, then what was read and what was handed over,
    then evidence for the other classes, the more probable first.
    """
    if answer.token_map is None:
        return []
    order = sorted(range(len(answer.evidence)), key=lambda place: -answer.probabilities[place])
    evidence = [
        _Layer(
            f"Evidence: {answer.class_names[place]}",
            answer.evidence[place],
            "",
            _EVIDENCE.format(name=answer.class_names[place]),
        )
        for place in order
    ]
    read = [] if answer.read is None else [_Layer("Read", answer.read, "%", _READ)]
    selected = _Layer("Selected", answer.token_map, "%", _SELECTED)
    return [*evidence[:1], *read, selected, *evidence[1:]]

"""Chooses which layer of an answer lies over the image, and says in a sentence what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QSlider, QVBoxLayout, QWidget

from app.review_panel.head_choice import HeadChoice
from app.widgets.heatmap_overlay import HeatmapLegend
from fpt_core.events import Predicted, TokenMap

_OPACITY, _OPACITY_STEP = 60, 10
_SELECTED = (
    "How often the frozen backbone handed each patch to the model, over {where}: what could be "
    "read, not what decided."
)
_READ = (
    "How much of the model's attention each patch got, of all that it was handed, over {where}: "
    "what was read, not whether it spoke for or against."
)
_EVIDENCE = (
    "What each patch adds to the score of {name} (orange) or takes from it (purple), compared with "
    "the average patch: the score would change by about so much if the model could not read it."
)
_READERS = {
    "side networks": "side networks, which attend to the patches that were handed over",
    "mean tokens": "mean tokens, where each patch's part is exact",
    "class tokens": "class tokens, by their attention in the tapped blocks, to first order",
}
"""What reads an image, in words."""
_UNTOLD = "What earlier blocks moved from patch to patch stays where it arrived."


@dataclass(frozen=True, slots=True)
class _Layer:
    name: str
    token_map: TokenMap
    unit: str
    text: str
    by_head: bool = False
    """Whether it can be told for one block and one head."""


class HeatmapBox(QWidget):
    """Hidden while there is nothing to lay over the image.

    Signals:
        layer_changed(TokenMap): Show this one.
        opacity_changed(float): From 0 to 1.
        shown_changed(): The heatmap is wanted, or not.
        heads_wanted(): The answer on screen is wanted with all its heads.
    """

    layer_changed = Signal(object)
    opacity_changed = Signal(float)
    shown_changed = Signal()
    heads_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answer: Predicted | None = None
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
        self.heads = HeadChoice()
        self.heads.changed.connect(self._on_head_chosen)
        self.heads.wanted.connect(self.heads_wanted)
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
        for widget in (self.shown, self.layers, self.heads, self.opacity, self.legend, self.text):
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
        layers = self._layers_of(answer)
        return layers[self._kind if self._kind < len(layers) else 0].token_map if layers else None

    @property
    def _kind(self) -> int:
        return max(self.layers.currentIndex(), 0)

    def show_answer(self, answer: Predicted | None) -> None:
        """Offer the layers of an answer; the kind that was chosen before stays chosen."""
        kind, self._answer = self._kind, answer
        self.heads.offer(None if answer is None else answer.heads)
        self._layers = [] if answer is None else self._layers_of(answer)
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
        self.heads.setVisible(layer.by_head)
        self.text.setText(layer.text)
        self.legend.show_scale(layer.token_map, layer.unit)
        self.layer_changed.emit(layer.token_map)
        self.opacity_changed.emit(self.opacity.value() / 100)

    def _change_opacity(self, step: int) -> None:
        self.opacity.setValue(self.opacity.value() + step)

    def _on_head_chosen(self) -> None:
        self.show_answer(self._answer)

    def _layers_of(self, answer: Predicted) -> list[_Layer]:
        """Evidence for the most probable class first, then what was read and what was handed
        over, then evidence for the other classes, the more probable first.
        """
        selected, read = answer.token_map, answer.read
        if selected is None:
            return []
        if answer.heads is not None:
            at = self.heads.block, self.heads.head
            selected = answer.heads.selected(selected, *at)
            read = None if read is None else answer.heads.read(read, *at)
        where = self.heads.words
        order = sorted(range(len(answer.evidence)), key=lambda place: -answer.probabilities[place])
        evidence = [_evidence_layer(answer, place) for place in order]
        layers = [_Layer("Selected", selected, "%", _SELECTED.format(where=where), True)]
        if read is not None:
            layers.insert(0, _Layer("Read", read, "%", _READ.format(where=where), True))
        return [*evidence[:1], *layers, *evidence[1:]]


def _evidence_layer(answer: Predicted, place: int) -> _Layer:
    name = answer.class_names[place]
    text = _EVIDENCE.format(name=name)
    if len(answer.evidence_of) > 1:
        parts = "; ".join(f"{share:.0%} by {_READERS[of]}" for of, share in answer.evidence_of)
        text += f" Of all evidence {parts}. {_UNTOLD}"
    return _Layer(f"Evidence: {name}", answer.evidence[place], "", text)

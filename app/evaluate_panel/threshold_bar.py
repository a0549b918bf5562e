"""From which probability on a class is called: by a rule, or by hand."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from app.widgets.choice import choose, make_choice
from app.widgets.section import make_hint

_STEPS = 1000
BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    words: str
    target: float | None = None
    low: float = 0.0
    high: float = 1.0
    step: float = 0.01


_RULES = (
    _Rule("youden", "Youden's index"),
    _Rule("sensitivity", "Sensitivity of at least", 0.95, 0.01, 0.999),
    _Rule("specificity", "Specificity of at least", 0.95, 0.01, 0.999),
    _Rule("cost", "False alarms that a miss is worth", 5.0, 0.1, 1000.0, 1.0),
    _Rule("net-benefit", "Probability from which one would act", 0.2, 0.01, 0.99),
    _Rule(BY_HAND, "By hand"),
)


class ThresholdBar(QWidget):
    """Moves the threshold of the whole page.

    Signals:
        moved(threshold): By hand.
        rule_wanted(rule): Choose it by a rule, as it is written.
    """

    moved = Signal(float)
    rule_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("threshold")
        self.slider.setAccessibleName("Threshold")
        self.slider.setRange(0, _STEPS)
        self.slider.setPageStep(_STEPS // 20)
        self.slider.valueChanged.connect(lambda value: self._on_moved(value / _STEPS))
        self.value = _spin("thresholdValue", "Threshold as a number", 3)
        self.value.setRange(0, 1)
        self.value.setSingleStep(1 / _STEPS)
        self.value.valueChanged.connect(self._on_moved)
        self.rules = make_choice(
            "operatingRule", "How the threshold is chosen", [(r.words, r.name) for r in _RULES]
        )
        self.rules.setMinimumContentsLength(24)
        self.rules.currentIndexChanged.connect(self._on_rule_chosen)
        self.target = _spin("operatingTarget", "What the rule is to achieve", 3)
        self.target.valueChanged.connect(self._ask)
        self.hint = make_hint("thresholdHint")
        heading = QLabel("Threshold")
        heading.setProperty("role", "heading")
        row = QHBoxLayout()
        for widget, stretch in (
            (heading, 0),
            (self.slider, 1),
            (self.value, 0),
            (self.rules, 0),
            (self.target, 0),
        ):
            row.addWidget(widget, stretch=stretch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.hint)
        self._show_rule(_RULES[0])

    @property
    def rule(self) -> str:
        """The rule as it is written, or ``BY_HAND``."""
        rule = self._rule
        return rule.name if rule.target is None else f"{rule.name}={self.target.value():g}"

    def show_threshold(self, threshold: float) -> None:
        """Show where it stands, without a signal."""
        with QSignalBlocker(self.slider), QSignalBlocker(self.value):
            self.slider.setValue(round(threshold * _STEPS))
            self.value.setValue(threshold)

    @property
    def _rule(self) -> _Rule:
        return next(rule for rule in _RULES if rule.name == self.rules.currentData())

    def _on_moved(self, threshold: float) -> None:
        with QSignalBlocker(self.rules):
            choose(self.rules, BY_HAND)
        self._show_rule(self._rule)
        self.show_threshold(threshold)
        self.moved.emit(threshold)

    def _on_rule_chosen(self) -> None:
        self._show_rule(self._rule)
        self._ask()

    def _ask(self) -> None:
        if self.rule != BY_HAND:
            self.rule_wanted.emit(self.rule)

    def _show_rule(self, rule: _Rule) -> None:
        self.target.setVisible(rule.target is not None)
        if rule.target is not None:
            with QSignalBlocker(self.target):
                self.target.setRange(rule.low, rule.high)
                self.target.setSingleStep(rule.step)
                self.target.setValue(rule.target)


def _spin(name: str, accessible_name: str, decimals: int) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setObjectName(name)
    box.setAccessibleName(accessible_name)
    box.setDecimals(decimals)
    return box

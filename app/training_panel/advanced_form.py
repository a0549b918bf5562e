"""The settings that are right for most people as they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QWidget,
)

from app.widgets.choice import choose, make_choice
from app.widgets.order_list import OrderList
from app.widgets.section import make_sentence
from fpt_core.config import AUTO, LEARNING_RATES, METHODS, TrainingConfig
from fpt_core.jobs.requests import TrainRequest

NO_STEPS = ("linear-probe",)
"""Methods that are solved, not trained step by step."""
_OWN_LENGTH = (AUTO, *NO_STEPS)
"""Methods that choose for themselves how long and how fast they learn."""
_ORDER_HEIGHT_PX = 120
_SENTENCES = {
    "epochs": "How often the model sees every training image. More takes longer; the best epoch "
    "on the validation images is kept, whichever it is.",
    "learningRate": "How much the model changes at each step. Too much, and its error (the loss) "
    "jumps up; too little, and it hardly learns.",
    "weightDecay": "Keeps the model simple, so that it does not learn the training images by "
    "heart. More makes it simpler.",
    "gradClip": "How far a single batch of unusual images may push the model.",
    "searchBudget": "How long the recommended method tries settings out, counted in whole runs of "
    "FPT+. With 0 it takes the published settings.",
    "imbalance": "Where one class has far fewer images than another, a model may overlook it. The "
    "other two choices give its images more weight.",
    "seed": "Chance begins with this number: the same one gives the same model on the same "
    "processor. Train with several to see how much is luck.",
    "probeFeatures": "What a linear probe reads of an image: the backbone's own summary (the class "
    "token), the mean over all parts of the image, or both.",
    "storeDtype": "How exactly prepared images are kept on disk. 8 bits take about half the space "
    "of the usual precision, full takes twice as much.",
    "ordered": "For grades such as none, mild, severe: a far miss then counts more.",
}
_IMBALANCE = (
    ("Leave as it is", "as-is"),
    ("Errors on rare classes count more", "class-weights"),
    ("Show rare classes as often", "balanced-sampling"),
)
_FEATURES = (
    ("Both summaries", "both"),
    ("The class token", "class-token"),
    ("The mean of all parts", "mean"),
)
_DTYPES = (("Half precision (usual)", "float16"), ("8 bits", "int8"), ("Full", "float32"))


class AdvancedForm(QWidget):
    """Edits what ``SettingsForm`` does not show at once.

    Signals:
        changed(): A setting is another one.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        defaults = TrainingConfig()
        self.epochs = _whole("epochs", 1, 1000, defaults.epochs)
        self.learning_rate = _number("learningRate", 5, 1.0, 0.0005, defaults.learning_rate)
        self.learning_rate.setMinimum(1e-5)
        self.weight_decay = _number("weightDecay", 4, 1.0, 0.01, defaults.weight_decay)
        self.grad_clip = _number("gradClip", 2, 100.0, 0.5, defaults.grad_clip)
        self.grad_clip.setMinimum(0.01)
        self.search_budget = _number("searchBudget", 1, 20.0, 0.5, defaults.search_budget)
        self.seed = _whole("seed", 0, 2**31 - 1, defaults.seed)
        self.imbalance = make_choice("imbalance", "Unequal classes", _IMBALANCE)
        self.probe_features = make_choice("probeFeatures", "Linear probe reads", _FEATURES)
        self.dtype = make_choice("storeDtype", "Precision on disk", _DTYPES)
        self.ordered = QCheckBox("Classes are steps of a scale")
        self.ordered.setObjectName("ordered")
        self.ordered.setAccessibleName(self.ordered.text())
        self.order = OrderList("classOrder", "Classes, from least to most")
        self.order.list.setMaximumHeight(_ORDER_HEIGHT_PX)
        self._classes: tuple[str, ...] = ()
        self._method = METHODS[0]
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(4)
        for text, widget in (
            ("Epochs", self.epochs),
            ("Learning rate", self.learning_rate),
            ("Search for settings", self.search_budget),
            ("Unequal classes", self.imbalance),
            ("Weight decay", self.weight_decay),
            ("Largest gradient", self.grad_clip),
            ("Linear probe reads", self.probe_features),
            ("Precision on disk", self.dtype),
            ("Seed", self.seed),
        ):
            widget.setAccessibleName(text)
            layout.addRow(text, widget)
            layout.addRow(_sentence(widget.objectName()))
        layout.addRow(self.ordered)
        layout.addRow(self.order)
        layout.addRow(_sentence("ordered"))

    def _connect(self) -> None:
        numbers = (self.learning_rate, self.search_budget, self.weight_decay, self.grad_clip)
        for box in (self.epochs, *numbers, self.seed):
            box.valueChanged.connect(lambda _: self.changed.emit())
        for choice in (self.imbalance, self.dtype, self.probe_features):
            choice.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.ordered.toggled.connect(self._on_ordered)
        self.order.moved.connect(lambda *_: self.changed.emit())
        self._on_ordered(False)

    def set_classes(self, classes: Sequence[str]) -> None:
        """The classes of the project, whose order can be told."""
        if set(classes) != set(self._classes):
            self._show_order(tuple(classes))
            self.ordered.setChecked(False)
        self.ordered.setVisible(len(classes) > 2)

    def set_method(self, method: str) -> None:
        """Offer what this method has; its own learning rate, where none was chosen."""
        for widget in (self.epochs, self.learning_rate):
            widget.setEnabled(method not in _OWN_LENGTH)
        for widget in (self.weight_decay, self.grad_clip):
            widget.setEnabled(method not in NO_STEPS)
        self.search_budget.setEnabled(method == AUTO)
        self.probe_features.setEnabled(method in NO_STEPS)
        if self.learning_rate.value() == LEARNING_RATES[self._method]:
            self.learning_rate.setValue(LEARNING_RATES[method])
        self._method = method

    def applied_to(self, request: TrainRequest) -> TrainRequest:
        """``request`` with these settings."""
        order = [self._classes[number] for number in self.order.numbers]
        return dataclasses.replace(
            request,
            prepare=dataclasses.replace(request.prepare, dtype=self.dtype.currentData()),
            training=dataclasses.replace(
                request.training,
                epochs=self.epochs.value(),
                learning_rate=self.learning_rate.value(),
                weight_decay=self.weight_decay.value(),
                grad_clip=self.grad_clip.value(),
                seed=self.seed.value(),
                search_budget=self.search_budget.value(),
                imbalance=self.imbalance.currentData(),
                probe_features=self.probe_features.currentData(),
                class_order=tuple(order) if self.ordered.isChecked() else (),
            ),
        )

    def show_request(self, request: TrainRequest) -> None:
        """Show the settings of ``request``."""
        training = request.training
        self.epochs.setValue(training.epochs)
        self.learning_rate.setValue(training.learning_rate)
        self.weight_decay.setValue(training.weight_decay)
        self.grad_clip.setValue(training.grad_clip)
        self.seed.setValue(training.seed)
        self.search_budget.setValue(training.search_budget)
        choose(self.imbalance, training.imbalance)
        choose(self.probe_features, training.probe_features)
        choose(self.dtype, request.prepare.dtype)
        if set(training.class_order) == set(self._classes):
            self._show_order(training.class_order)
        self.ordered.setChecked(bool(training.class_order))

    def _show_order(self, classes: tuple[str, ...]) -> None:
        self._classes = classes
        self.order.show_items(list(enumerate(classes)))

    def _on_ordered(self, checked: bool) -> None:
        self.order.setVisible(checked)
        self.changed.emit()


def _whole(name: str, least: int, most: int, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setObjectName(name)
    box.setRange(least, most)
    box.setValue(value)
    return box


def _number(name: str, decimals: int, most: float, step: float, value: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setObjectName(name)
    box.setDecimals(decimals)
    box.setRange(0.0, most)
    box.setSingleStep(step)
    box.setValue(value)
    return box


def _sentence(name: str) -> QLabel:
    label = make_sentence(f"{name}Sentence", _SENTENCES[name])
    label.setContentsMargins(0, 0, 0, 8)
    return label

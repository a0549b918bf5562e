"""What a run is asked to do: method, backbone and the few numbers that matter."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QSpinBox,
    QWidget,
)

from fpt_core.backbone_catalogue import FoundWeights, find_weights, how_to_add
from fpt_core.config import PRESETS, TrainingConfig, preset
from fpt_core.jobs.requests import BackboneChoice, PrepareRequest, TrainRequest

_METHODS = (
    ("fpt+", "FPT+ (recommended)"),
    ("fpt", "FPT"),
    ("linear-probe", "Linear probe (to compare with)"),
)
_BUILT_IN = "Built-in, small: for getting started"
_W = TypeVar("_W", bound=QWidget)
_SIZES = (224, 384, 512, 768, 1024)


class SettingsForm(QWidget):
    """The settings of the next run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        defaults = TrainingConfig()
        self.method = _named(QComboBox(), "method", "Method")
        for name, text in _METHODS:
            self.method.addItem(text, name)
        self.backbone = _named(QComboBox(), "backbone", "Backbone")
        self.backbone.setMinimumContentsLength(16)
        self.backbone.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.backbone.activated.connect(self._on_backbone_activated)
        self.backbone.currentIndexChanged.connect(self._on_backbone_changed)
        self.image_size = _named(QComboBox(), "imageSize", "Image size")
        for size in _SIZES:
            self.image_size.addItem(f"{size} px", size)
        self.image_size.setCurrentIndex(_SIZES.index(PRESETS["fpt+"].image_size))
        self.epochs = _named(QSpinBox(), "epochs", "Epochs")
        self.epochs.setRange(1, 1000)
        self.epochs.setValue(defaults.epochs)
        self.batch_size = _named(QSpinBox(), "batchSize", "Batch size")
        self.batch_size.setRange(1, 1024)
        self.batch_size.setValue(defaults.batch_size)
        self.learning_rate = _named(QDoubleSpinBox(), "learningRate", "Learning rate")
        self.learning_rate.setDecimals(5)
        self.learning_rate.setRange(0.00001, 1)
        self.learning_rate.setSingleStep(0.0005)
        self.learning_rate.setValue(defaults.learning_rate)
        self._hint = QLabel()
        self._hint.setProperty("role", "hint")
        self._hint.setWordWrap(True)
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(10)
        for widget in (
            self.method,
            self.backbone,
            self.image_size,
            self.epochs,
            self.batch_size,
            self.learning_rate,
        ):
            layout.addRow(widget.accessibleName(), widget)
        layout.addRow(self._hint)
        self.method.currentIndexChanged.connect(self._on_method_changed)
        self.refresh_backbones()
        self._on_method_changed()

    def request(self, project: Path) -> TrainRequest:
        """The request that these settings stand for."""
        return TrainRequest(
            prepare=PrepareRequest(
                project=project,
                method=self.method.currentData(),
                backbone=self.backbone.currentData(),
                image_size=self.image_size.currentData(),
            ),
            training=TrainingConfig(
                epochs=self.epochs.value(),
                batch_size=self.batch_size.value(),
                learning_rate=self.learning_rate.value(),
            ),
        )

    def refresh_backbones(self) -> None:
        """List the backbones whose weights are on this machine."""
        self.backbone.clear()
        for weights in find_weights():
            self._add_backbone(weights)
        if self.backbone.count() == 0:
            self.backbone.addItem("None found on this machine", BackboneChoice())
        self.backbone.addItem("Weights file…", None)
        self._on_backbone_changed()

    def _add_backbone(self, weights: FoundWeights) -> None:
        if weights.built_in:
            self.backbone.addItem(_BUILT_IN, BackboneChoice(weights.name))
            how = f"A larger backbone is better. {how_to_add()}"
            self.backbone.setItemData(self.backbone.count() - 1, how, Qt.ItemDataRole.ToolTipRole)
        else:
            self.backbone.addItem(weights.name, BackboneChoice(weights.name, weights.path))

    def _on_backbone_changed(self) -> None:
        """The closed box tells what the open list tells of its entry."""
        how = self.backbone.currentData(Qt.ItemDataRole.ToolTipRole)
        self.backbone.setToolTip(how or self.backbone.currentText())

    def _on_backbone_activated(self, index: int) -> None:
        if self.backbone.itemData(index) is not None:
            return
        file, _ = QFileDialog.getOpenFileName(
            self, "Backbone weights", filter="Weights (*.safetensors *.pth *.pt *.bin)"
        )
        if file:
            path = Path(file)
            self.backbone.insertItem(0, path.stem, BackboneChoice(path.stem, path))
        self.backbone.setCurrentIndex(0)

    def _on_method_changed(self) -> None:
        method = self.method.currentData()
        trained = method in PRESETS
        for widget in (self.epochs, self.batch_size, self.learning_rate):
            widget.setEnabled(trained)
        if trained:
            side = preset(method).side_image_size
            self._hint.setText(
                "The frozen backbone reads the image at full size once; a small network learns "
                f"from a copy at {side} px and the backbone's important tokens."
            )
        else:
            self._hint.setText(
                "A logistic regression on the frozen backbone's summary of an image."
            )


def _named(widget: _W, name: str, accessible: str) -> _W:
    widget.setObjectName(name)
    widget.setAccessibleName(accessible)
    return widget

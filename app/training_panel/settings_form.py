"""What a run is asked to do: method, backbone, sizes, and the rest behind a heading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFormLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from app.training_panel.advanced_form import NO_STEPS, AdvancedForm
from app.training_panel.words import METHOD_SENTENCES, method_name
from app.widgets.choice import choose, make_choice
from app.widgets.fold import Fold
from app.widgets.memory_slider import MemorySlider
from app.widgets.section import make_sentence
from app.widgets.still import Still
from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE, FoundWeights, find_weights, how_to_add
from fpt_core.config import DEFAULT_IMAGE_SIZE, METHODS, TrainingConfig
from fpt_core.jobs.estimates import Alternative
from fpt_core.jobs.requests import BackboneChoice, PrepareRequest, TrainRequest

_BUILT_IN = "Built-in, small"
_SMALL = 'Small, for getting started. <a href="#backbones">See others, or add one</a>'
_SIZES = (224, 384, 512, 768, 1024)
_USUAL_PATCH = 16
_SENTENCES = {
    "backbone": "A network that has seen many other images. Larger ones see more and take longer.",
    "imageSize": "At which size the backbone reads an image. Larger shows finer detail, and takes "
    "more memory, disk and time.",
    "batchSize": "How many images are looked at before the model changes. Fewer take less memory.",
    "memoryLimit": "The most that a run may take; below what it needs it goes on in smaller parts, "
    "more slowly.",
}


class SettingsForm(QWidget):
    """The settings of the next run.

    Signals:
        changed(): A setting is another one.
        backbones_wanted(): Show which backbones there are.
    """

    changed = Signal()
    backbones_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept = TrainRequest(PrepareRequest(Path()))
        self._filling = False
        self.method = make_choice(
            "method", "Method", [(method_name(name), name) for name in METHODS]
        )
        self.backbone = make_choice("backbone", "Backbone")
        self._small = make_sentence("backboneHint", _SMALL)
        self._small.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self._small.linkActivated.connect(lambda _: self.backbones_wanted.emit())
        self.image_size = make_choice("imageSize", "Image size")
        self.batch_size = QSpinBox()
        self.batch_size.setObjectName("batchSize")
        self.batch_size.setAccessibleName("Batch size")
        self.batch_size.setRange(1, 1024)
        self.batch_size.setValue(TrainingConfig().batch_size)
        self.memory = MemorySlider()
        self.advanced = AdvancedForm()
        self._fold = Fold("advanced", "Advanced", self.advanced)
        self._hint = make_sentence("methodHint")
        self._lay_out()
        Still(self)
        self._connect()
        self.refresh_backbones()
        self._on_method_changed()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(4)
        for text, widget, below in (
            ("Method", self.method, (self._hint,)),
            ("Backbone", self.backbone, (_sentence("backbone"), self._small)),
            ("Image size", self.image_size, (_sentence("imageSize"),)),
            ("Batch size", self.batch_size, (_sentence("batchSize"),)),
            ("Memory limit", self.memory, (_sentence("memoryLimit"),)),
        ):
            form.addRow(text, widget)
            for hint in below:
                hint.setContentsMargins(0, 0, 0, 8)
                form.addRow(hint)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(form)
        layout.addWidget(self._fold)

    def _connect(self) -> None:
        self.method.currentIndexChanged.connect(self._on_method_changed)
        self.backbone.activated.connect(self._on_backbone_activated)
        self.backbone.currentIndexChanged.connect(self._on_backbone_changed)
        self.image_size.currentIndexChanged.connect(self._tell)
        self.batch_size.valueChanged.connect(self._tell)
        self.memory.changed.connect(self._tell)
        self.advanced.changed.connect(self._tell)

    # --- settings and requests ----------------------------------------------------------

    def request(self, project: Path) -> TrainRequest:
        """The request that these settings stand for."""
        kept = self._kept
        prepare = PrepareRequest(
            project=project,
            method=self.method.currentData(),
            backbone=self.backbone.currentData() or BackboneChoice(),
            image_size=self.image_size.currentData(),
            memory_limit_mb=self.memory.limit_mb,
            device=kept.prepare.device,
        )
        training = TrainingConfig(batch_size=self.batch_size.value(), betas=kept.training.betas)
        return self.advanced.applied_to(TrainRequest(prepare, training))

    def show_request(self, request: TrainRequest) -> None:
        """Show the settings of ``request``, to start them again or change some."""
        self._kept = request
        prepare = request.prepare
        with self._told_once():
            choose(self.method, prepare.method)
            self._choose_backbone(prepare.backbone)
            self._choose_size(prepare.image_size or DEFAULT_IMAGE_SIZE)
            self.batch_size.setValue(request.training.batch_size)
            self.memory.set_limit_mb(prepare.memory_limit_mb)
            self.advanced.show_request(request)

    def use(self, nearest: Alternative) -> None:
        """Take over settings that fit."""
        with self._told_once():
            choose(self.method, nearest.method)
            self._choose_size(nearest.image_size)
            self.batch_size.setValue(nearest.batch_size)
            choose(self.advanced.dtype, nearest.dtype)

    def set_classes(self, classes: Sequence[str]) -> None:
        """The classes of the project."""
        self.advanced.set_classes(classes)

    @contextmanager
    def _told_once(self) -> Iterator[None]:
        """Several changes are one."""
        self._filling = True
        try:
            yield
        finally:
            self._filling = False
            self._tell()

    def _tell(self) -> None:
        if not self._filling:
            self.changed.emit()

    # --- backbones and sizes ------------------------------------------------------------

    def refresh_backbones(self) -> None:
        """List the backbones whose weights are on this machine."""
        chosen = self.backbone.currentData()
        with QSignalBlocker(self.backbone):
            self.backbone.clear()
            for weights in find_weights():
                self._add_backbone(weights)
            if self.backbone.count() == 0:
                self.backbone.addItem("None found on this machine", BackboneChoice())
            self.backbone.addItem("Weights file…", None)
            if chosen is None:
                self.backbone.setCurrentIndex(0)
            elif chosen.weights is not None and chosen.weights.exists():
                self._choose_backbone(chosen)
            else:
                choose(self.backbone, chosen)
        self._on_backbone_changed()

    def _add_backbone(self, weights: FoundWeights) -> None:
        if weights.built_in:
            self.backbone.addItem(_BUILT_IN, BackboneChoice(weights.name))
            how = f"A larger backbone is better. {how_to_add()}"
            self.backbone.setItemData(self.backbone.count() - 1, how, Qt.ItemDataRole.ToolTipRole)
        else:
            self.backbone.addItem(weights.name, BackboneChoice(weights.name, weights.path))

    def _choose_backbone(self, choice: BackboneChoice) -> None:
        places = range(self.backbone.count())
        if choice not in [self.backbone.itemData(place) for place in places]:
            self.backbone.insertItem(0, choice.name or "Best on this machine", choice)
        choose(self.backbone, choice)

    def _on_backbone_changed(self) -> None:
        """The closed box tells what the open list tells of its entry; sizes follow the patch."""
        how = self.backbone.currentData(Qt.ItemDataRole.ToolTipRole)
        self.backbone.setToolTip(how or self.backbone.currentText())
        choice = self.backbone.currentData()
        self._small.setVisible(choice is None or choice.name in (None, BUILT_IN_BACKBONE))
        found = re.search(r"patch(\d+)", (choice.name if choice else None) or "")
        patch = int(found[1]) if found else _USUAL_PATCH
        wanted = self.image_size.currentData() or DEFAULT_IMAGE_SIZE
        with QSignalBlocker(self.image_size):
            self.image_size.clear()
            for size in _SIZES:
                fitting = round(size / patch) * patch
                self.image_size.addItem(f"{fitting} px", fitting)
            self._choose_size(round(wanted / patch) * patch)
        self._tell()

    def _choose_size(self, size: int) -> None:
        if self.image_size.findData(size) < 0:
            self.image_size.addItem(f"{size} px", size)
        self.image_size.setCurrentIndex(self.image_size.findData(size))

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
        self.batch_size.setEnabled(method not in NO_STEPS)
        self.advanced.set_method(method)
        self._hint.setText(METHOD_SENTENCES[method])
        self._tell()


def _sentence(name: str) -> QLabel:
    return make_sentence(f"{name}Sentence", _SENTENCES[name])

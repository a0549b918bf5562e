"""Backbones: what is on this machine, what can be fetched, and a file from elsewhere."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.training_panel.words import size_text
from app.widgets.ask import ask
from app.widgets.button import make_button
from app.widgets.section import make_hint
from fpt_core.backbone_catalogue import BUILT_IN_BACKBONE, SUFFIXES, FoundWeights, models_dir
from fpt_core.backbone_offers import BackboneOffer, list_backbones
from fpt_core.events import Event, Progress, Warned
from fpt_core.jobs.requests import AddBackboneRequest, DownloadBackboneRequest

_HINT = (
    "A backbone is the large network that looks at the images; what you train is small and sits "
    "beside it. Nothing is fetched unless you ask for it."
)
_BUILT_IN = "Came with the program: small, for getting started. A larger one is better."
_HEADINGS = ("Name", "Size", "Licence", "What it is good for")
_NAME_WIDTH_PX, _SIZE_WIDTH_PX, _LICENCE_WIDTH_PX = 350, 80, 110
_MISFIT_HEIGHT_PX = 120
_ROLE = Qt.ItemDataRole.UserRole


class BackbonesPage(QWidget):
    """The list, and the job that adds to it.

    Signals:
        job_wanted(request): Add or download a backbone; the user was asked.
        stop_wanted(): Cancel that; what has arrived is kept for the next time.
    """

    job_wanted = Signal(object)
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tree = QTreeWidget()
        self.tree.setObjectName("backboneTree")
        self.tree.setAccessibleName("Backbones")
        self.tree.setColumnCount(len(_HEADINGS))
        self.tree.setHeaderLabels(_HEADINGS)
        self.tree.setRootIsDecorated(False)
        self.tree.setItemsExpandable(False)
        self.tree.setIndentation(12)
        header = self.tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate((_NAME_WIDTH_PX, _SIZE_WIDTH_PX, _LICENCE_WIDTH_PX)):
            self.tree.setColumnWidth(column, width)
        self.tree.currentItemChanged.connect(lambda item, _: self._on_chosen(item))
        self._detail = make_hint("backboneDetail")
        self.download = make_button("downloadBackbone", "Download…", self._on_download)
        self.add = make_button("addBackbone", "Add a weights file…", self._on_add)
        self.cancel = make_button("cancelBackbone", "Cancel", self.stop_wanted.emit)
        self._bar = QProgressBar()
        self._bar.setObjectName("backboneProgress")
        self._bar.setAccessibleName("Progress")
        self._bar.setTextVisible(False)
        self._doing = QLabel()
        self._doing.setObjectName("backboneDoing")
        self.misfit = QPlainTextEdit()
        self.misfit.setObjectName("backboneMisfit")
        self.misfit.setAccessibleName("What was noticed, tensor by tensor")
        self.misfit.setReadOnly(True)
        self.misfit.setMaximumHeight(_MISFIT_HEIGHT_PX)
        self._lay_out()
        self.set_busy(False)
        self.misfit.hide()
        self.refresh()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.download)
        buttons.addWidget(self.add)
        buttons.addWidget(self._doing, stretch=1)
        buttons.addWidget(self._bar, stretch=1)
        buttons.addStretch()
        buttons.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(10)
        layout.addWidget(make_hint("backbonesHint", _HINT))
        layout.addWidget(self.tree, stretch=1)
        layout.addWidget(self._detail)
        layout.addWidget(self.misfit)
        layout.addLayout(buttons)

    def refresh(self) -> None:
        """List what there is now; the network is not touched."""
        listed = list_backbones()
        self.tree.clear()
        here = self._group(f"On this machine ({len(listed.here)})")
        for weights in listed.here:
            _found(here, weights)
        if listed.refused:
            _refused(here, listed.refused)
        offered = self._group(f"For download ({len(listed.offered)})")
        for offer in listed.offered:
            _offered(offered, offer)
        self.tree.expandAll()
        self._update_buttons()

    def set_busy(self, busy: bool) -> None:
        """Whether a backbone is being added."""
        self._busy = busy
        for widget in (self._bar, self._doing, self.cancel):
            widget.setVisible(busy)
        self._update_buttons()

    def show_event(self, event: Event) -> None:
        """Show how far the job is, and what it noticed."""
        match event:
            case Progress():
                self._bar.setRange(0, 1000 if event.total else 0)
                self._bar.setValue(1000 * event.done // event.total if event.total else 0)
                self._doing.setText(_so_far(event))
            case Warned():
                self.misfit.appendPlainText(f"{event.message} {event.remedy}".strip())
                self.misfit.show()

    @property
    def chosen_offer(self) -> BackboneOffer | None:
        """The download that is selected."""
        item = self.tree.currentItem()
        value = None if item is None else item.data(0, _ROLE)
        return value if isinstance(value, BackboneOffer) else None

    def _group(self, title: str) -> QTreeWidgetItem:
        group = QTreeWidgetItem(self.tree, [title])
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        group.setFirstColumnSpanned(True)
        font = group.font(0)
        font.setBold(True)
        group.setFont(0, font)
        return group

    def _on_chosen(self, item: QTreeWidgetItem | None) -> None:
        """Tell whole what a narrow column cuts."""
        self._detail.setText("" if item is None else f"{item.text(0)}: {item.text(3)}")
        self._update_buttons()

    def _update_buttons(self) -> None:
        self.download.setEnabled(not self._busy and self.chosen_offer is not None)
        self.add.setEnabled(not self._busy)

    def _on_download(self) -> None:
        offer = self.chosen_offer
        assert offer is not None, "the button is enabled with an offer alone"
        if ask(
            self,
            "Download a backbone",
            f"Download {offer.name}?",
            f"{offer.megabytes} MB, licence {offer.licence}, from the Hugging Face hub into "
            f"{models_dir()}. Nothing of yours is sent. A download that is cut goes on where it "
            "was.",
            "Download",
        ):
            self._begin(DownloadBackboneRequest(offer.name), "Asking the hub…")

    def _on_add(self) -> None:
        kinds = " ".join(f"*{suffix}" for suffix in SUFFIXES)
        file, _ = QFileDialog.getOpenFileName(self, "Weights file", filter=f"Weights ({kinds})")
        if file:
            self._begin(AddBackboneRequest(Path(file)), "Comparing it tensor by tensor…")

    def _begin(self, request: AddBackboneRequest | DownloadBackboneRequest, doing: str) -> None:
        self.misfit.clear()
        self.misfit.hide()
        self._bar.setRange(0, 0)
        self._doing.setText(doing)
        self.set_busy(True)
        self.job_wanted.emit(request)


def _found(group: QTreeWidgetItem, weights: FoundWeights) -> None:
    where = _BUILT_IN if weights.built_in else f"✓ {weights.path}"
    item = QTreeWidgetItem(group, [weights.name, size_text(weights.file_bytes), "", where])
    item.setData(0, _ROLE, weights)
    item.setToolTip(3, str(weights.path))


def _refused(group: QTreeWidgetItem, why: str) -> None:
    item = QTreeWidgetItem(group, [BUILT_IN_BACKBONE, "", "", f"▲ {why}"])
    item.setToolTip(3, why)


def _offered(group: QTreeWidgetItem, offer: BackboneOffer) -> None:
    texts = [offer.name, f"{offer.megabytes} MB", offer.licence, offer.good_for]
    item = QTreeWidgetItem(group, texts)
    item.setData(0, _ROLE, offer)
    for column, text in enumerate(texts):
        item.setToolTip(column, text)


def _so_far(event: Progress) -> str:
    if event.stage == "Downloading" and event.total:
        return f"{event.stage}: {size_text(event.done)} of {size_text(event.total)}"
    return f"{event.stage}…"

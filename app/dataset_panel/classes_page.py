"""How many images and patients each class has in each split or fold; classes are renamed here."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.dataset_panel.catalogue import Catalogue
from app.dataset_panel.class_table import ClassDelegate, ClassTable
from app.theme import Colours
from app.widgets.ask import ask
from app.widgets.button import make_button
from app.widgets.choice import make_choice

_ROW_HEIGHT_PX = 40


class ClassesPage(QWidget):
    """The table of classes.

    Signals:
        class_chosen(class_name): Show the images of this class; ``None``: of all.
        rename_wanted(old, new): Rename a class, or merge it with one that there is; the user
            has confirmed it.
    """

    class_chosen = Signal(object)
    rename_wanted = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = Catalogue(())
        self.unit = make_choice(
            "countUnit", "What is counted", [("Images", False), ("Patients", True)]
        )
        self.by = make_choice("countBy", "Counted by", [("by split", False), ("by fold", True)])
        self.counts = ClassTable(self)
        # A question must not come up while the cell's editor is still open.
        self.counts.rename_wanted.connect(
            self._on_rename_wanted, Qt.ConnectionType.QueuedConnection
        )
        self.table = QTableView()
        self.table.setObjectName("classTable")
        self.table.setAccessibleName("Numbers by class and split")
        self.table.setModel(self.counts)
        self._delegate = ClassDelegate(self.table)
        self.table.setItemDelegate(self._delegate)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT_PX)
        self.table.clicked.connect(self._on_clicked)
        self._rename = make_button("renameClass", "Rename or merge…", self._on_rename)
        self._note = QLabel()
        self._note.setObjectName("patientNote")
        self._note.setProperty("role", "hint")
        self._note.setWordWrap(True)
        for box in (self.unit, self.by):
            box.currentIndexChanged.connect(self._show)
        self._lay_out()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self.unit)
        top.addWidget(self.by)
        top.addStretch()
        top.addWidget(self._rename)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(self.table, stretch=1)
        layout.addWidget(self._note)

    def set_colours(self, colours: Colours) -> None:
        """Draw the bars in the theme's colours."""
        self._delegate.colours = colours
        self.table.viewport().update()

    def show_catalogue(self, catalogue: Catalogue) -> None:
        """Count these images."""
        self._catalogue = catalogue
        self.by.setVisible(catalogue.num_folds > 0)
        if not catalogue.num_folds:
            self.by.setCurrentIndex(0)
        self._show()

    def _show(self) -> None:
        patients = self.unit.currentData()
        chosen = self.counts.class_name(self.table.currentIndex().row())
        self.counts.set_counts(
            self._catalogue.counts(patients=patients, folds=self.by.currentData())
        )
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        row = -1 if chosen is None else self.counts.row_of(chosen)
        self.table.selectionModel().setCurrentIndex(
            self.counts.index(row, 0),
            QItemSelectionModel.SelectionFlag.ClearAndSelect
            | QItemSelectionModel.SelectionFlag.Rows,
        )
        self._rename.setEnabled(row >= 0)
        unknown = patients and self._catalogue.num_patients is None
        self._note.setText("Images whose patient is unknown are not counted here.")
        self._note.setVisible(unknown)

    def _on_clicked(self) -> None:
        name = self.counts.class_name(self.table.currentIndex().row())
        self._rename.setEnabled(name is not None)
        self.class_chosen.emit(name)

    def _on_rename(self) -> None:
        row = self.table.currentIndex().row()
        self.table.setFocus()
        self.table.edit(self.counts.index(row, 0))

    def _on_rename_wanted(self, old: str, new: str) -> None:
        if new in self._catalogue.class_names and not ask(
            self,
            "Merge two classes",
            f"There is a class “{new}” already. Merge “{old}” into it?",
            "All their images will then be of one class. This can be undone.",
            "Merge",
        ):
            return
        self.rename_wanted.emit(old, new)

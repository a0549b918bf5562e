"""A model's answers on a split: the matrix, and the images behind it."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.evaluate_panel.confusion_view import ConfusionView
from app.review_panel.case_grid import CELL, THUMBNAIL_PX, CaseDelegate, CaseModel
from app.review_panel.cases import Case, CaseSet, Cell
from app.theme import Colours
from app.widgets.button import make_button
from app.widgets.elided_label import ElidedLabel
from app.widgets.section import make_hint
from app.widgets.thumbnail_grid import ThumbnailGrid
from app.widgets.thumbnail_source import ThumbnailSource

_WIDTH_PX, _MATRIX_HEIGHT_PX = 264, 168
_MISTAKES, _ALL = "mistakes", "all"


class CasesPanel(QWidget):
    """Hidden until a set of cases is opened.

    Signals:
        case_chosen(case): Show this one.
        doubts_wanted(model): Look for labels that look wrong with this model's run.
        closed(): The cases are not wanted any more.
    """

    case_chosen = Signal(object)
    doubts_wanted = Signal(object)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("casesPanel")
        self.setFixedWidth(_WIDTH_PX)
        self.case_set: CaseSet | None = None
        self._cell: Cell | None = None
        self._title = ElidedLabel("casesTitle")
        self._title.setProperty("role", "heading")
        close = QToolButton()
        close.setObjectName("closeCases")
        close.setText("✕")
        close.setAccessibleName("Close the list of cases")
        close.clicked.connect(self.close_cases)
        self._note = make_hint("casesNote")
        self.matrix = ConfusionView("casesMatrix")
        self.matrix.setFixedHeight(_MATRIX_HEIGHT_PX)
        self.matrix.cell_clicked.connect(self.show_cell)
        self.choice = QComboBox()
        self.choice.setObjectName("casesChoice")
        self.choice.setAccessibleName("Which cases")
        self.choice.currentIndexChanged.connect(self._on_choice)
        self.model = CaseModel(self)
        self.grid = ThumbnailGrid("casesGrid", CELL)
        self.grid.setAccessibleName("Cases, the most confident answers first")
        self.thumbnails = ThumbnailSource(round(THUMBNAIL_PX * self.devicePixelRatioF()), self)
        self.thumbnails.ready.connect(self.grid.viewport().update)
        self._delegate = CaseDelegate(self.model, self.thumbnails, self.grid)
        self.grid.setItemDelegate(self._delegate)
        self.grid.setModel(self.model)
        self.grid.looked_at.connect(self._on_looked_at)
        self.grid.selectionModel().currentChanged.connect(lambda *_: self._on_current())
        self._empty = make_hint("casesEmpty", "There are no such images.")
        doubts = make_button("lookForDoubts", "Labels that look wrong…", self._on_doubts)
        doubts.setToolTip(
            "Looks for labels that answers to images not learned from contradict, and lists them "
            "in Dataset"
        )
        head = QHBoxLayout()
        head.addWidget(self._title, stretch=1)
        head.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(head)
        for widget in (self._note, self.matrix, self.choice, self._empty):
            layout.addWidget(widget)
        layout.addWidget(self.grid, stretch=1)
        layout.addWidget(doubts)
        self.hide()

    @property
    def current(self) -> Case | None:
        """The case that is chosen."""
        row = self.grid.currentIndex().row()
        return self.model.cases[row] if 0 <= row < len(self.model.cases) else None

    @property
    def next_case(self) -> Case | None:
        """The case after the one that is chosen, while the list is open."""
        row = self.grid.currentIndex().row() + 1
        return None if self.isHidden() or row >= len(self.model.cases) else self.model.cases[row]

    def set_colours(self, colours: Colours) -> None:
        """Draw in the theme's colours."""
        self.matrix.set_colours(colours)
        self._delegate.colours = colours
        self.grid.viewport().update()

    def open_cases(self, case_set: CaseSet, cell: Cell | None = None) -> None:
        """Show a set; the images of ``cell``, or else the mistakes."""
        self.case_set = case_set
        self._title.set_whole_text(case_set.title)
        self._note.setText(case_set.note)
        self._note.setVisible(bool(case_set.note))
        self.matrix.show_matrix(case_set.class_names, case_set.counts())
        with QSignalBlocker(self.choice):
            self.choice.clear()
            self.choice.addItem(f"Mistakes, worst first ({len(case_set.mistakes())})", _MISTAKES)
            self.choice.addItem(f"All answers ({len(case_set.cases)})", _ALL)
        self.show()
        if cell is None:
            self._list(case_set.mistakes(), None)
        else:
            self.show_cell(*cell)

    def close_cases(self) -> None:
        """Show none any more."""
        self.case_set = None
        self.model.show_cases((), ())
        self.hide()
        self.closed.emit()

    def show_cell(self, truth: int, given: int) -> None:
        """Show the images that a cell of the matrix counts."""
        if self.case_set is None:
            return
        found = self.case_set.in_cell((truth, given))
        names = self.case_set.class_names
        with QSignalBlocker(self.choice):
            if self.choice.count() > 2:
                self.choice.removeItem(2)
            text = f"{names[truth]} given as {names[given]} ({len(found)})"
            self.choice.addItem(text, (truth, given))
            self.choice.setCurrentIndex(2)
        self._list(found, (truth, given))

    def step(self, by: int) -> None:
        """Go to the next case, or the one before."""
        if not self.isHidden() and self.model.cases:
            row = min(max(self.grid.currentIndex().row() + by, 0), len(self.model.cases) - 1)
            self.grid.select_rows([row], row)

    def close_readers(self) -> None:
        """Stop decoding in the background."""
        self.thumbnails.close()

    def _list(self, cases: tuple[Case, ...], cell: Cell | None) -> None:
        assert self.case_set is not None, "cases are of a set"
        self._cell = cell
        self.matrix.set_marked(cell)
        self.model.show_cases(cases, self.case_set.class_names)
        self._empty.setVisible(not cases)
        if cases:
            self.grid.select_rows([0], 0)

    def _on_choice(self) -> None:
        if self.case_set is None:
            return
        chosen = self.choice.currentData()
        if isinstance(chosen, tuple):
            self.show_cell(*chosen)
        else:
            cases = self.case_set.mistakes() if chosen == _MISTAKES else self.case_set.cases
            self._list(cases, None)

    def _on_looked_at(self, first: int, last: int) -> None:
        ahead = min(2 * last - first + 1, len(self.model.cases) - 1)
        self.thumbnails.want([case.image for case in self.model.cases[first : ahead + 1]])

    def _on_current(self) -> None:
        if (case := self.current) is not None:
            self.case_chosen.emit(case)

    def _on_doubts(self) -> None:
        if self.case_set is not None:
            self.doubts_wanted.emit(self.case_set.model)

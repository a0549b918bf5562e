"""What only the author of a study can say, topic by topic; the project keeps it."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.widgets.section import make_hint
from fpt_core.checklists import claim, tripod
from fpt_core.checklists.topics import TOPICS
from fpt_core.dataset.project import Project
from fpt_core.errors import FptError

_LIST_WIDTH_PX = 210
_WRITTEN, _OPEN = "✓", "·"


class StatementsPage(QWidget):
    """Topics on the left, the text of the chosen one on the right.

    Signals:
        failed(text): A statement could not be kept.
    """

    failed = Signal(str)

    def __init__(self, project: Project, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._project = project
        self._texts = project.statements()
        self._shown = ""
        self.count = make_hint("statementCount")
        self.topics = QListWidget()
        self.topics.setObjectName("statementTopics")
        self.topics.setAccessibleName("Topics")
        self.topics.setFixedWidth(_LIST_WIDTH_PX)
        for topic in TOPICS:
            self.topics.addItem(QListWidgetItem(topic))
        self._about = QLabel()
        self._about.setObjectName("statementAbout")
        self._about.setProperty("role", "heading")
        self._about.setWordWrap(True)
        self._asked_by = make_hint("statementAskedBy")
        self.text = QPlainTextEdit()
        self.text.setObjectName("statementText")
        self.text.setAccessibleName("Statement")
        self.text.setPlaceholderText("Nothing written yet. No names or numbers of patients.")
        self.text.setTabChangesFocus(True)
        self.topics.currentRowChanged.connect(self._on_topic_chosen)
        self._lay_out()
        self._refresh()
        self.topics.setCurrentRow(self._first_open())

    def keep(self) -> None:
        """Keep what is written for the topic on screen."""
        text = self.text.toPlainText().strip()
        if not self._shown or text == self._texts.get(self._shown, ""):
            return
        try:
            self._project.state(self._shown, text)
        except FptError as error:
            self.failed.emit(str(error))
            return
        self._texts = self._project.statements()
        self._refresh()

    def _on_topic_chosen(self, row: int) -> None:
        self.keep()
        self._shown = list(TOPICS)[row]
        self._about.setText(TOPICS[self._shown])
        self._asked_by.setText(_asked_by(self._shown))
        with QSignalBlocker(self.text):
            self.text.setPlainText(self._texts.get(self._shown, ""))

    def _refresh(self) -> None:
        written = sum(topic in self._texts for topic in TOPICS)
        self.count.setText(
            f"{written} of {len(TOPICS)} written. The project keeps them for every report."
        )
        for row, topic in enumerate(TOPICS):
            mark = _WRITTEN if topic in self._texts else _OPEN
            self.topics.item(row).setText(f"{mark}  {topic.replace('_', ' ').capitalize()}")

    def _first_open(self) -> int:
        return next((row for row, topic in enumerate(TOPICS) if topic not in self._texts), 0)

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        for widget in (self._about, self._asked_by):
            right.addWidget(widget)
        right.addWidget(self.text, stretch=1)
        columns = QHBoxLayout()
        columns.addWidget(self.topics)
        columns.addLayout(right, stretch=1)
        layout = QVBoxLayout(self)
        layout.addWidget(self.count)
        layout.addLayout(columns, stretch=1)


def _asked_by(topic: str) -> str:
    """Which items of the guidelines the topic answers."""
    found = []
    for module in (claim, tripod):
        numbers = [item.number for item in module.ITEMS if item.topic == topic]
        if numbers:
            found.append(f"{module.NAME} {', '.join(numbers)}")
    return f"Asked by {' and '.join(found)}."

"""One finding of the audit: what was found, what it means, and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.dataset_panel.words import count_of
from app.widgets.ask import ask
from app.widgets.button import make_button
from app.widgets.section import make_hint
from fpt_core.dataset.audit.findings import Finding, Remedy

SEVERITY_WORDS = {"serious": "▲ Serious", "caution": "◆ Caution", "note": "● Note"}
"""A sign of its own beside the word, as none is told by colour alone."""


class FindingCard(QFrame):
    """Shows one finding.

    Args:
        finding: What was found.
        number: Its place in the list, for object names.

    Signals:
        show_wanted(finding): Show the images behind it.
        remedy_wanted(remedy): Carry this out; the user has confirmed it.
    """

    show_wanted = Signal(object)
    remedy_wanted = Signal(object)

    def __init__(self, finding: Finding, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.finding = finding
        self.setObjectName(f"finding{number}")
        self.setProperty("role", "card")
        self.setProperty("severity", finding.severity)
        severity = QLabel(SEVERITY_WORDS[finding.severity])
        severity.setProperty("role", "severity")
        severity.setProperty("severity", finding.severity)
        title = QLabel(finding.title)
        title.setProperty("role", "heading")
        title.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(6)
        for label in (severity, title, make_hint(f"explanation{number}", finding.explanation)):
            layout.addWidget(label)
        images = sum(len(group) for group in finding.groups)
        self.buttons = []
        if images:
            show = make_button(f"showFinding{number}", f"Show {count_of(images, 'image')}")
            show.clicked.connect(lambda: self.show_wanted.emit(finding))
            self.buttons.append(show)
        for place, remedy in enumerate(finding.remedies):
            button = make_button(f"remedy{number}x{place}", remedy.text)
            button.clicked.connect(lambda _=False, remedy=remedy: self._on_remedy(remedy))
            self.buttons.append(button)
        for button in self.buttons:
            button.setProperty("role", "small")
            row = QHBoxLayout()
            row.addWidget(button)
            row.addStretch()
            layout.addLayout(row)

    def _on_remedy(self, remedy: Remedy) -> None:
        if ask(
            self,
            "Change the data set",
            f"{remedy.text}?",
            f"{_meaning(remedy)} No file is touched, and the change can be undone.",
            remedy.text,
        ):
            self.remedy_wanted.emit(remedy)


def _meaning(remedy: Remedy) -> str:
    number = count_of(len(remedy.image_ids), "image")
    be = "is" if len(remedy.image_ids) == 1 else "are"
    match remedy.action:
        case "exclude":
            return f"{number} {be} left out of training and of every figure."
        case "relabel":
            return f"{number} {be} labelled “{remedy.value}”."
        case "move":
            return f"{number} {be} moved to {remedy.value}, with all images of their patients."

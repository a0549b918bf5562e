"""Which of a model's classes a project's classes are."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.widgets.choice import make_choice
from app.widgets.section import make_hint
from fpt_core.events import ClassesDiffer
from fpt_core.jobs.requests import LEFT_OUT

_WIDTH_PX, _MOST_HEIGHT_PX = 460, 320
_ROW_PX = 44


class MappingDialog(QDialog):
    """Asks for every class that the model does not know; nothing is guessed.

    Args:
        differ: The classes of both.
    """

    def __init__(self, differ: ClassesDiffer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("mappingDialog")
        self.setWindowTitle("Classes differ")
        self.setMinimumWidth(_WIDTH_PX)
        explanation = make_hint(
            "mappingHint",
            f"The model knows {', '.join(differ.known)}. Say which of them each class of this "
            "project is.",
        )
        offered = [
            ("Choose…", None),
            *((name, name) for name in differ.known),
            ("Leave these images out", LEFT_OUT),
        ]
        rows = QWidget()
        form = QFormLayout(rows)
        self.choices = {
            name: make_choice(f"mapping{place}", f"What {name} is", offered)
            for place, name in enumerate(differ.unknown)
        }
        for name, box in self.choices.items():
            box.currentIndexChanged.connect(self._update)
            form.addRow(name, box)
        scroll = QScrollArea()
        scroll.setObjectName("mappingScroll")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(rows)
        scroll.setMinimumHeight(min(_MOST_HEIGHT_PX, _ROW_PX * len(self.choices) + 12))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = self.buttons.addButton(
            "Measure", QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.accept_button.setObjectName("mappingAccept")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (explanation, scroll, self.buttons):
            layout.addWidget(widget)
        self._update()

    @property
    def class_map(self) -> tuple[tuple[str, str], ...]:
        """The project's name of each class, and the model's or ``LEFT_OUT``."""
        return tuple((name, box.currentData()) for name, box in self.choices.items())

    def _update(self) -> None:
        chosen = [box.currentData() for box in self.choices.values()]
        self.accept_button.setEnabled(None not in chosen)

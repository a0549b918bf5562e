"""Ground truth beside the answer, and the patient's other images."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.review_panel.subject import Subject
from app.widgets.section import make_hint
from app.widgets.thumbnail_source import ThumbnailSource
from fpt_core.dataset.records import ImageRecord
from fpt_core.errors import FptError

_SIDE_PX, _COLUMNS, _MOST = 78, 3, 6


class SubjectBox(QWidget):
    """Hidden while the image on screen is not of the project.

    Signals:
        image_chosen(image): Show this other image of the patient.
    """

    image_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("subjectBox")
        self._others: list[ImageRecord] = []
        heading = QLabel("Ground truth")
        heading.setProperty("role", "heading")
        self.truth = QLabel()
        self.truth.setObjectName("groundTruth")
        self.truth.setWordWrap(True)
        self._patient = make_hint("patientImages")
        self.buttons = [QToolButton() for _ in range(_MOST)]
        pictures = QGridLayout()
        pictures.setSpacing(6)
        for place, button in enumerate(self.buttons):
            button.setObjectName(f"patientImage{place}")
            button.setAccessibleName("Other image of the patient")
            button.setFixedSize(_SIDE_PX, _SIDE_PX)
            button.setIconSize(QSize(_SIDE_PX - 8, _SIDE_PX - 8))
            button.clicked.connect(
                lambda _=False, place=place: self.image_chosen.emit(self._others[place])
            )
            pictures.addWidget(button, place // _COLUMNS, place % _COLUMNS)
        pictures.setColumnStretch(_COLUMNS, 1)
        self.thumbnails = ThumbnailSource(2 * _SIDE_PX, self)
        self.thumbnails.ready.connect(self._draw)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (heading, self.truth, self._patient):
            layout.addWidget(widget)
        layout.addLayout(pictures)
        self.hide()

    def show_subject(self, subject: Subject | None, answer: str) -> None:
        """Show an image's label beside what the model gave; hide for one of nowhere.

        Args:
            subject: The image.
            answer: Of the open list of cases, in words; empty where it is none of them.
        """
        if subject is None or subject.image is None:
            self.hide()
            return
        image = subject.image
        self.truth.setText(f"Label {image.class_name} ({image.split}). {answer}".strip())
        number = len(subject.others)
        self._others = list(subject.others[:_MOST])
        images = "another image" if number == 1 else f"{number} other images"
        more = f", {_MOST} of them here" if number > _MOST else ""
        self._patient.setText(
            f"The patient has {images}{more}." if number else "No other image of the patient."
        )
        self.thumbnails.want(self._others)
        self._draw()
        self.show()

    def close_readers(self) -> None:
        """Stop decoding in the background."""
        self.thumbnails.close()

    def _draw(self) -> None:
        for place, button in enumerate(self.buttons):
            button.setVisible(place < len(self._others))
            if place >= len(self._others):
                continue
            image = self._others[place]
            picture = self.thumbnails.picture(image)
            known = isinstance(picture, QPixmap)
            button.setIcon(QIcon(picture) if isinstance(picture, QPixmap) else QIcon())
            button.setText("" if known else "…" if not isinstance(picture, FptError) else "gone")
            button.setToolTip(f"{image.path.name}\n{image.class_name} ({image.split})")
            button.setAccessibleName(f"Other image of the patient, labelled {image.class_name}")

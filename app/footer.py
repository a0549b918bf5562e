"""The line below every page: what computes, and what this program is not."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.device_badge import device_sentence

RESEARCH_ONLY = "For research use only. Not a medical device."


class Footer(QWidget):
    """Always visible."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("footer")
        badge = QLabel(device_sentence())
        badge.setObjectName("deviceBadge")
        badge.setAccessibleName(f"Computes on: {badge.text()}")
        research = QLabel(RESEARCH_ONLY)
        research.setProperty("role", "hint")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(20, 4, 20, 8)
        layout.addWidget(badge)
        layout.addStretch()
        layout.addWidget(research)

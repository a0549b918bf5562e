"""Says that labels have changed since the latest training; nothing starts by itself."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.dataset_panel.words import count_of
from app.widgets.message_bar import MessageBar


class RetrainBar(MessageBar):
    """Hidden while the latest run knows all labels.

    Signals:
        training_wanted(): Open Training.
    """

    training_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("retrainMessage", parent)
        self._told: tuple[str, int] | None = None

    def show_relabelled(self, relabelled: tuple[str, int] | None) -> None:
        """Ask for a new run where labels have changed since this one.

        Args:
            relabelled: The run's name, and how many labels are others now.
        """
        if relabelled == self._told:
            return  # what was closed stays closed
        self._told = relabelled
        if relabelled is None or not relabelled[1]:
            self.hide()
            return
        run, number = relabelled
        self.say(
            "Train again",
            f"{count_of(number, 'label')} changed since run {run} was trained: train again to use "
            f"{'it' if number == 1 else 'them'}.",
            "Open Training",
            self.training_wanted.emit,
        )

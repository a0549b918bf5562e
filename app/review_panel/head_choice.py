"""Chooses one block and one head of the backbone, or all of them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.widgets.button import make_button
from app.widgets.choice import make_choice, offer
from fpt_core.events import HeadTokens

_ALL_BLOCKS, _ALL_HEADS = ("All blocks", None), ("All heads", None)


class HeadChoice(QWidget):
    """What was chosen stays for the next image of the same backbone.

    Signals:
        changed(): Another block or head is chosen.
        wanted(): The answer on screen is wanted with all its heads.
    """

    changed = Signal()
    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("headChoice")
        self.blocks = make_choice("heatmapBlock", "Block of the backbone", [_ALL_BLOCKS])
        self.heads = make_choice("heatmapHead", "Head of the block", [_ALL_HEADS])
        self._button = make_button("heatmapByHead", "By block and head…", self.wanted.emit)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.blocks, self.heads):
            widget.currentIndexChanged.connect(self.changed)
            layout.addWidget(widget, stretch=1)
        layout.addWidget(self._button)
        layout.addStretch()

    @property
    def block(self) -> int | None:
        """Place of the chosen block among the tapped ones; ``None``: all."""
        block: int | None = self.blocks.currentData()
        return block

    @property
    def head(self) -> int | None:
        """The chosen head, from 0; ``None``: all."""
        head: int | None = self.heads.currentData()
        return head

    @property
    def words(self) -> str:
        """What is chosen, for a sentence."""
        if self.block is None and self.head is None:
            return "all its heads and tapped blocks"
        head = "all heads" if self.head is None else f"head {self.head + 1}"
        block = "all tapped blocks" if self.block is None else self.blocks.currentText().lower()
        return f"{head} of {block}"

    def offer(self, tokens: HeadTokens | None) -> None:
        """Offer the blocks and heads of an answer; without them, a way to ask for them."""
        for box in (self.blocks, self.heads):
            box.setVisible(tokens is not None)
        self._button.setVisible(tokens is None)
        blocks = [] if tokens is None else [(f"Block {n}", i) for i, n in enumerate(tokens.blocks)]
        heads = [] if tokens is None else [(f"Head {n + 1}", n) for n in range(tokens.heads)]
        offer(self.blocks, [_ALL_BLOCKS, *blocks])
        offer(self.heads, [_ALL_HEADS, *heads])

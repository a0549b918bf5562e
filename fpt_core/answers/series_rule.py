"""The answer to a whole series, from the answers to its frames, by a rule that is stated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fpt_core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class SeriesRule:
    """How the probabilities of frames become those of their series, class by class.

    Of the mean they sum to 1. Of the highest, and of the mean of the highest few, they do not:
    a series may show one class in one frame and another in the next.
    """

    kind: Literal["mean", "max", "top"] = "mean"
    count: int = 3
    """For ``top``: the mean of so many of the highest."""

    @classmethod
    def parse(cls, text: str) -> SeriesRule:
        """The rule written as ``mean``, ``max`` or ``top:N``.

        Raises:
            ConfigError: If it is none of these.
        """
        kind, _, count = text.partition(":")
        if kind in ("mean", "max") and not count:
            return cls(kind)  # type: ignore[arg-type]
        if kind == "top" and count.isdecimal() and int(count) > 0:
            return cls("top", int(count))
        raise ConfigError(
            f"{text!r} is no rule for a series.", "Write mean, max, or top:N such as top:3."
        )

    def __str__(self) -> str:
        """As ``parse`` reads it."""
        return f"top:{self.count}" if self.kind == "top" else self.kind

    @property
    def words(self) -> str:
        """What is taken of the frames: for people."""
        return {
            "mean": "mean of all frames",
            "max": "highest of all frames",
            "top": f"mean of the {self.count} highest frames",
        }[self.kind]

    def answer(self, frames: Sequence[Sequence[float]]) -> tuple[float, ...]:
        """The probability of every class for the series.

        Args:
            frames: One probability per class for each frame, of one frame at least.
        """
        taken = {"mean": len(frames), "max": 1, "top": min(self.count, len(frames))}[self.kind]
        by_class = zip(*frames, strict=True)
        return tuple(sum(sorted(each, reverse=True)[:taken]) / taken for each in by_class)

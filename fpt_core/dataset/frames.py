"""Which frames of a file, or slices of a series, become images of the data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fpt_core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class FrameRule:
    """A rule for files with several frames and for series of slices."""

    kind: Literal["all", "middle", "every"] = "all"
    step: int = 1
    """For ``every``: take each n-th frame, beginning with the first."""

    @classmethod
    def parse(cls, text: str) -> FrameRule:
        """The rule written as ``all``, ``middle`` or ``every:N``.

        Raises:
            ConfigError: If it is none of these.
        """
        kind, _, step = text.partition(":")
        if kind in ("all", "middle") and not step:
            return cls(kind)  # type: ignore[arg-type]
        if kind == "every" and step.isdecimal() and int(step) > 0:
            return cls("every", int(step))
        raise ConfigError(
            f"{text!r} is no rule for frames.", "Write all, middle, or every:N such as every:5."
        )

    def choose(self, count: int) -> range:
        """The chosen ones of ``count`` frames, in order."""
        if self.kind == "middle":
            return range(count // 2, count // 2 + 1) if count else range(0)
        return range(0, count, self.step)

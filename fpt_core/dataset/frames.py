"""Which frames of a file, or slices of a series, become images of the data set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from fpt_core.dataset.importers.listing import LabelledFile
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


def chosen_slices(files: Iterable[LabelledFile], rule: FrameRule) -> list[LabelledFile]:
    """The files without those slices of stacks that the rule leaves out.

    Slices that the source names itself stay, whatever the rule.
    """
    chosen = []
    for series, group in groupby(files, key=lambda file: file.series):
        members = list(group)
        if series is not None and all(file.frame is None for file in members):
            members = [members[index] for index in rule.choose(len(members))]
        chosen += members
    return chosen

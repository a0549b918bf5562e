"""A model's answers to images of the project, to be gone through one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fpt_core.dataset.project import Project
from fpt_core.dataset.records import ImageRecord

Cell = tuple[int, int]
"""True class and given class, by their places."""


@dataclass(frozen=True, slots=True)
class Case:
    """One image, its label and the model's answer."""

    image: ImageRecord
    truth: int
    given: int
    probability: float
    """Of the class that was given."""

    @property
    def is_mistake(self) -> bool:
        """Whether the answer is not the label."""
        return self.truth != self.given


@dataclass(frozen=True, slots=True)
class CaseSet:
    """The cases of one split, the most confident answers first."""

    model: Path
    class_names: tuple[str, ...]
    title: str
    note: str
    cases: tuple[Case, ...]

    @classmethod
    def of(
        cls,
        project: Project,
        model: Path,
        class_names: tuple[str, ...],
        rows: Sequence[tuple[int, int, int, float]],
        title: str,
        note: str = "",
    ) -> CaseSet:
        """The cases of ``rows``: image id, true class, given class and its probability."""
        images = {image.id: image for image in project.images(include_excluded=True)}
        cases = [
            Case(images[number], truth, given, probability)
            for number, truth, given, probability in rows
            if number in images
        ]
        cases.sort(key=lambda case: -case.probability)
        return cls(model, class_names, title, note, tuple(cases))

    def counts(self) -> list[list[int]]:
        """The confusion matrix: true class down, given class across."""
        size = range(len(self.class_names))
        matrix = [[0 for _ in size] for _ in size]
        for case in self.cases:
            matrix[case.truth][case.given] += 1
        return matrix

    def mistakes(self) -> tuple[Case, ...]:
        """The wrong answers, the most confident first."""
        return tuple(case for case in self.cases if case.is_mistake)

    def in_cell(self, cell: Cell) -> tuple[Case, ...]:
        """The cases that a cell of the matrix counts."""
        return tuple(case for case in self.cases if (case.truth, case.given) == cell)


@dataclass(frozen=True, slots=True)
class ChosenCell:
    """A cell of a matrix that was clicked, with all the answers behind the matrix."""

    model: Path
    class_names: tuple[str, ...]
    rows: tuple[tuple[int, int, int, float], ...]
    """Image id, true class, given class and its probability."""
    cell: Cell
    split: str
    note: str

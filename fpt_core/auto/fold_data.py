"""Training of several members side by side, each of which never sees its own fold."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fpt_core.models.ensemble import Members
from fpt_core.training.augmentation import Views
from fpt_core.training.data import Example, Inputs, Part, Rows, StoreReader
from fpt_core.training.objective import Objective


@dataclass(frozen=True, slots=True)
class FoldExample(Example):
    """A labelled image and the fold it is in."""

    fold: int


@dataclass(frozen=True, slots=True)
class FoldInputs:
    """Images that all members answer; targets are class and fold, ``(B, 2)``."""

    inputs: Inputs
    folds: Tensor

    @property
    def targets(self) -> Tensor:
        """Class and fold of each image."""
        return torch.stack([self.inputs.targets, self.folds], 1)

    def logits(self, model: nn.Module) -> Tensor:
        """What every member answers, ``(B, members, classes)``."""
        return self.inputs.logits(model)


@dataclass(frozen=True, slots=True)
class HeldOutInputs:
    """Images each of which the member answers that did not learn from it."""

    inputs: Inputs
    folds: Tensor
    held: tuple[int, ...]

    @property
    def targets(self) -> Tensor:
        """Class of each image."""
        return self.inputs.targets

    def logits(self, model: nn.Module) -> Tensor:
        """Out of fold, ``(B, classes)``."""
        assert isinstance(model, Members)
        answers: dict[int, Tensor] = {}
        for place, fold in enumerate(self.held):
            rows = (self.folds == fold).nonzero()[:, 0]
            if len(rows):
                found = self.inputs.only(rows).logits(model.models[place])
                answers.update(zip(rows.tolist(), found, strict=True))
        return torch.stack([answers[row] for row in range(len(self.folds))])


class FoldReader:
    """Reads batches for ``Members``: augmented ones to learn from, others to be held out.

    Args:
        reader: Of the store.
        held: The fold that each member does not learn from.
    """

    def __init__(self, reader: StoreReader, held: tuple[int, ...]) -> None:
        self._reader, self._held = reader, held

    def stream(self, parts: Sequence[Part]) -> Generator[tuple[Part, Rows], None, None]:
        """Every part with its records."""
        return self._reader.stream(parts)

    def inputs(self, part: Part, rows: Rows, views: Views | None) -> FoldInputs | HeldOutInputs:
        """As all members read them; without views, as those that did not learn from them."""
        inputs = self._reader.inputs(part, rows, views)
        folds = torch.tensor([_fold(example) for example in part], device=self._reader.device)
        if views is None:
            return HeldOutInputs(inputs, folds, self._held)
        return FoldInputs(inputs, folds)


def _fold(example: Example) -> int:
    assert isinstance(example, FoldExample)
    return example.fold


@dataclass(frozen=True, slots=True)
class FoldObjective(Objective):
    """The mean loss of the members that learn from an image."""

    held: tuple[int, ...] = ()

    def __call__(self, logits: Tensor, targets: Tensor) -> Tensor:
        """The loss of each image.

        Shape:
            logits ``(B, members, classes)``, targets ``(B, 2)``: class and fold -> ``(B,)``.
        """
        members = logits.shape[1]
        classes, folds = targets.unbind(1)
        losses = Objective(self.class_weights, self.class_order)(
            logits.flatten(0, 1), classes.repeat_interleave(members)
        )
        learns = folds[:, None] != torch.tensor(self.held, device=folds.device)
        return (losses.view(-1, members) * learns).sum(1) / max(1, members - 1)


def learned_from(examples: Sequence[FoldExample], held: Sequence[int]) -> list[FoldExample]:
    """Images that at least one member learns from."""
    return [example for example in examples if any(example.fold != fold for fold in held)]

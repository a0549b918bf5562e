"""One image's answer taken apart: what was read of it, and what each patch did to the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from fpt_core.explain.reading import answer_without, by_patch, read_tokens
from fpt_core.explain.summaries import TracedSummaries, mean_on_grid, onto_grid
from fpt_core.models.backbone import FrozenBackbone, ImportantTokens
from fpt_core.models.baselines.linear_probe import LinearProbe
from fpt_core.models.fpt import FptModel

SIDE_NETWORKS = "side networks"
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Parts:
    """What was read of one image, and what it did.

    Shape:
        attention ``(L, H, m)``; read ``(rows, cols)``; evidence ``(classes, rows, cols)``.
    """

    attention: Tensor
    """Of the prompts to each token that was handed over, the mean over prompts and members."""
    read: Tensor
    """The same on the grid: the mean over heads and tapped blocks."""
    evidence: Tensor
    """What each class's logit, less the mean logit, owes to each patch."""
    shares: Mapping[str, float]
    """By reader, its share of all evidence for and against; they sum to 1."""


class Explained:
    """An answer of FPT, FPT+ or the recommended method to one image.

    Three readers may have made it: side networks, which are handed important tokens; and a
    probe, which reads means of the patch tokens and class tokens.

    Args:
        backbone: At the size of the important tokens.
        members: Side networks, whose mean logits count.
        weight: How much they count.
        side_image: Normalised.
        tokens: Important tokens of the image alone.
        probe: Reads summaries; ``None``: there is none.
        summaries: One for each size that the probe reads, in its order.

    Shape:
        side image ``(1, 3, S, S)``, tokens of a batch of 1.
    """

    def __init__(
        self,
        backbone: FrozenBackbone,
        members: Sequence[FptModel],
        weight: float,
        side_image: Tensor,
        tokens: ImportantTokens,
        probe: LinearProbe | None = None,
        summaries: Sequence[TracedSummaries] = (),
    ) -> None:
        self._members, self._weight = members, weight / len(members)
        self._side_image, self._tokens = side_image, tokens
        self._probe, self._summaries = probe, summaries
        self._grid, self._prefix = backbone.grid_size, backbone.num_prefix_tokens
        self._indices = tokens.indices[:, 0]

    @property
    def patches(self) -> Tensor:
        """Places on the grid of the patches that a reader can read."""
        if self._probe is not None:
            return torch.arange(self._grid[0] * self._grid[1])
        handed = torch.unique(self._indices).cpu()
        patches: Tensor = handed[handed >= self._prefix] - self._prefix
        return patches

    @torch.no_grad()
    def parts(self) -> Parts:
        """Attention and evidence."""
        readings = [read_tokens(member, self._side_image, self._tokens) for member in self._members]
        of_tokens = self._weight * torch.stack([one.evidence for one in readings]).sum(0)
        found = {SIDE_NETWORKS: torch.stack([self._on_grid(row) for row in of_tokens])}
        for name, evidence in self._of_probe().items():
            found[name] = found.get(name, 0) + evidence
        sizes = {name: float(each.abs().sum()) for name, each in found.items()}
        total = sum(sizes.values()) or 1.0
        attention = torch.stack([one.attention for one in readings]).mean(0)
        L, H, _ = attention.shape
        return Parts(
            attention,
            self._on_grid(attention / (L * H)),
            torch.stack([*found.values()]).sum(0),
            {name: size / total for name, size in sizes.items()},
        )

    @torch.no_grad()
    def without(self, removed: Tensor) -> Tensor:
        """Logits where no reader can read some patches.

        Shape:
            removed ``(V, rows * cols)`` bool -> ``(V, classes)``.
        """
        hidden = torch.nn.functional.pad(removed, (self._prefix, 0))[:, self._indices.cpu()]
        logits = sum(
            answer_without(member, self._side_image, self._tokens, hidden)
            for member in self._members
        )
        assert isinstance(logits, Tensor), "there is a member"
        logits = self._weight * logits
        if self._probe is None:
            return logits
        grid = removed.float().unflatten(1, self._grid)
        read = []
        for traced in self._summaries:
            there = mean_on_grid(grid, traced.grid_size) >= _HALF
            read.append(traced.without(there.flatten(1)))
        probed: Tensor = self._probe(torch.cat(read, 1).flatten(1))
        return logits + probed

    def _on_grid(self, of_tokens: Tensor) -> Tensor:
        return torch.from_numpy(by_patch(of_tokens, self._indices, self._grid, self._prefix))

    def _of_probe(self) -> dict[str, Tensor]:
        """By reader, ``(classes, rows, cols)``; of all sizes together."""
        if self._probe is None:
            return {}
        weights = self._probe.linear.weight / self._probe.scale
        weights = (weights - weights.mean(0)).unflatten(1, (len(self._summaries), -1))
        found: dict[str, Tensor] = {}
        for place, traced in enumerate(self._summaries):
            width = weights.shape[2] // traced.num_summaries
            own = weights[:, place].unflatten(1, (traced.num_summaries, width))
            for name, evidence in traced.evidence(own).items():
                on_grid = onto_grid(evidence.unflatten(1, traced.grid_size), self._grid)
                found[name] = found.get(name, torch.zeros(())) + on_grid
        return found

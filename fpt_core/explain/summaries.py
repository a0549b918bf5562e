"""What a probe's summaries of the backbone's blocks owe to each patch of the image.

A summary is a block's mean patch token or its class token. The mean owes each patch an exact
part. The class token reads the patches by attention in every block, and carries on what it
read; its parts are told to first order.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fpt_core.models.backbone import FrozenBackbone, TracedBlock
from fpt_core.models.vit_block import attention_output, mlp_output, query_key_value

MEAN_TOKENS, CLASS_TOKENS = "mean tokens", "class tokens"


class TracedSummaries:
    """One image's summaries at one size, with the way that they came about.

    Args:
        backbone: At that size.
        blocks: Whose summaries there are, in order.
        traced: What passed through these blocks, of one image.
    """

    def __init__(
        self, backbone: FrozenBackbone, blocks: tuple[int, ...], traced: Sequence[TracedBlock]
    ) -> None:
        self.grid_size = backbone.grid_size
        self._backbone, self._blocks, self._traced = backbone, blocks, traced
        self._prefix = backbone.num_prefix_tokens
        self.num_summaries = backbone.num_summaries(blocks)

    def evidence(self, weights: Tensor) -> dict[str, Tensor]:
        """What each patch adds to scores that are linear in the summaries.

        In each kind of summary it is compared with the average patch.

        Shape:
            weights ``(classes, n, C)``, a vector for each summary -> each ``(classes, N)``,
            without prefix tokens.
        """
        by_block = weights.unflatten(1, (len(self._blocks), -1))
        found = {MEAN_TOKENS: self._of_means(by_block[:, :, -1])}
        if self._backbone.has_class_token:
            found[CLASS_TOKENS] = self._of_class_tokens(by_block[:, :, 0])
        return found

    @torch.no_grad()
    def without(self, removed: Tensor) -> Tensor:
        """The summaries where means leave patches out and class tokens cannot attend to them.

        The patches themselves stay as the backbone made them of the whole image.

        Shape:
            removed ``(V, N)`` bool, without prefix tokens -> ``(V, n, C)``.
        """
        kept = (~removed).float()
        share = kept / kept.sum(1, keepdim=True).clamp(min=1)
        means = torch.stack([share @ self._patches(block) for block in self._traced], 1)
        if not self._backbone.has_class_token:
            return means
        tokens, _, _ = self._class_tokens(removed)
        return torch.stack([torch.stack(tokens, 1), means], 2).flatten(1, 2)

    def _patches(self, block: TracedBlock) -> Tensor:
        return block.after[0, self._prefix :]

    def _of_means(self, weights: Tensor) -> Tensor:
        """``(classes, L, C)`` -> what the mean would lose without each patch, exactly."""
        total = torch.zeros(len(weights), self.grid_size[0] * self.grid_size[1])
        for place, block in enumerate(self._traced):
            patches = self._patches(block)
            apart = (patches - patches.mean(0)) / max(1, len(patches) - 1)
            total += (apart @ weights[:, place].T).T.cpu()
        return total

    def _of_class_tokens(self, weights: Tensor) -> Tensor:
        """``(classes, L, C)`` -> attention, times value over the average, times gradient."""
        with torch.enable_grad():
            tokens, attention, contexts = self._class_tokens(None)
            together = torch.cat(tokens)
            scores = [(row * together).sum() for row in weights]
            gradients = [
                torch.autograd.grad(score, contexts, retain_graph=True) for score in scores
            ]
        rows = []
        for own in gradients:
            row = torch.zeros(self._traced[0].values.shape[2])
            for block, weight, context, gradient in zip(
                self._traced, attention, contexts, own, strict=True
            ):
                pulled = (block.values[0] - context[0]) @ gradient[0].mT  # (H, N, 1)
                row += (weight[0, :, 0].detach() * pulled.detach()[..., 0]).sum(0).cpu()
            rows.append(row[self._prefix :])
        return torch.stack(rows)

    def _class_tokens(
        self, removed: Tensor | None
    ) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        """Class tokens after each block, their attention in it, and what they read by it.

        Keys and values are those of the whole image.

        Shape:
            each ``(V, C)``, ``(V, H, 1, N)``, ``(V, H, 1, d)``.
        """
        tokens, attention, contexts = [], [], []
        last = self._backbone.depth - 1
        carried: Tensor | None = None
        for place, (index, traced) in enumerate(zip(self._blocks, self._traced, strict=True)):
            block = self._backbone.vit.blocks[index]
            follows = place > 0 and self._blocks[place - 1] == index - 1
            token = carried if follows and carried is not None else traced.before
            normed = block.norm1(token)
            query, _, _ = query_key_value(block.attn, normed)
            scores = query @ traced.keys.mT * query.shape[-1] ** -0.5
            if removed is not None:
                hidden = torch.nn.functional.pad(removed, (self._prefix, 0))
                scores = scores.masked_fill(hidden[:, None, None], -torch.inf)
            weights = scores.softmax(-1)
            context = weights @ traced.values
            if not context.requires_grad:
                context.requires_grad_(torch.is_grad_enabled())
            token = token + attention_output(block, normed, context)
            token = token + mlp_output(block, token)
            carried = token
            after = self._backbone.vit.norm(token) if index == last else token
            tokens.append(after[:, 0])
            attention.append(weights)
            contexts.append(context)
        return tokens, attention, contexts


def onto_grid(of_cells: Tensor, to: tuple[int, int]) -> Tensor:
    """Amounts of a grid's cells, divided among the cells of another over the same image.

    Shape:
        ``(..., rows, cols)`` -> ``(..., *to)`` with the same sum.
    """
    rows, cols = (_overlap(*sizes) for sizes in zip(of_cells.shape[-2:], to, strict=True))
    return rows @ of_cells @ cols.T


def mean_on_grid(of_cells: Tensor, to: tuple[int, int]) -> Tensor:
    """Values of a grid's cells, averaged over the cells of another.

    Shape:
        ``(..., rows, cols)`` -> ``(..., *to)``.
    """
    rows, cols = (_overlap(there, own) for own, there in zip(of_cells.shape[-2:], to, strict=True))
    return rows.T @ of_cells @ cols


def _overlap(cells: int, others: int) -> Tensor:
    """Which share of each of ``cells`` lies in each of ``others``: ``(others, cells)``."""
    edges, ends = torch.linspace(0, 1, cells + 1), torch.linspace(0, 1, others + 1)
    low = torch.maximum(edges[None, :-1], ends[:-1, None])
    high = torch.minimum(edges[None, 1:], ends[1:, None])
    return (high - low).clamp(min=0) * cells

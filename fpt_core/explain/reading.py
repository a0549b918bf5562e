"""What a model read of the tokens that it was handed, and what each of them did to its answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fpt_core.models.backbone import ImportantTokens
from fpt_core.models.fpt import FptModel


@dataclass(frozen=True, slots=True)
class Reading:
    """How one image was read.

    Shape:
        logits ``(classes,)``; attention ``(L, H, m)``; evidence ``(classes, L, H, m)``.
    """

    logits: Tensor
    attention: Tensor
    """Of the prompts to each token, the mean over prompts: the tokens of a head sum to 1."""
    evidence: Tensor
    """How much the class's logit, less the mean logit, owes to each token; below 0 it speaks
    against the class."""


def read_tokens(model: FptModel, side_image: Tensor, tokens: ImportantTokens) -> Reading:
    """Answer one image, and attribute the answer to its tokens.

    The evidence of a token is its attention weight, times how far its value lies from what its
    head reads on the whole, times the gradient of the logit with respect to what the head
    reads: to first order, what the logit would lose if the head could not read the token and
    shared its attention among the others. In each head it sums to 0.

    Args:
        model: In evaluation mode.
        side_image: Normalised.
        tokens: Of the same image alone.

    Shape:
        side image ``(1, 3, S, S)``, tokens of a batch of 1.
    """
    weights, values = _attention(model, tokens)
    context = weights @ values
    with torch.enable_grad():
        read = context.detach().requires_grad_()
        prompts = model.fusion.fuse(read.unsqueeze(1))
        logits = model.side(side_image, prompts)[0]
        contrast = logits - logits.mean()
        gradients = [
            torch.autograd.grad(contrast[target], read, retain_graph=True)[0]
            for target in range(len(logits))
        ]
    gradient = torch.stack(gradients)
    pulled = gradient @ values.mT - (gradient * context).sum(-1, keepdim=True)
    return Reading(logits.detach(), weights.mean(2), (weights * pulled).sum(3))


@torch.no_grad()
def answer_without(
    model: FptModel, side_image: Tensor, tokens: ImportantTokens, removed: Tensor
) -> Tensor:
    """Logits where the prompts cannot read some tokens; a head without any reads nothing.

    Shape:
        removed ``(V, L, H, m)`` bool: several variants of one image -> ``(V, classes)``.
    """
    weights, values = _attention(model, tokens)
    left = weights * ~removed.unsqueeze(3)
    context = left / left.sum(-1, keepdim=True).clamp(min=1e-12) @ values
    prompts = model.fusion.fuse(context.transpose(0, 1))
    logits: Tensor = model.side(side_image.expand(len(removed), -1, -1, -1), prompts)
    return logits


@torch.no_grad()
def _attention(model: FptModel, tokens: ImportantTokens) -> tuple[Tensor, Tensor]:
    """Weights ``(L, H, p, m)`` of the prompts, and the values ``(L, H, m, d)``."""
    keys, values = tokens.keys[:, 0].float(), tokens.values[:, 0].float()
    H, d = keys.shape[1], keys.shape[3]
    query = model.fusion.query().squeeze(1).unflatten(-1, (H, d)).transpose(1, 2)
    return (query @ keys.mT * d**-0.5).softmax(-1), values


def by_patch(
    of_tokens: Tensor, indices: Tensor, grid_size: tuple[int, int], num_prefix_tokens: int
) -> NDArray[np.float32]:
    """The sum over heads and tapped blocks for each patch.

    Prefix tokens have no place in the image and are left out.

    Shape:
        of tokens, indices ``(L, H, m)`` -> ``(rows, cols)``.
    """
    rows, cols = grid_size
    sums = torch.zeros(num_prefix_tokens + rows * cols, dtype=torch.float64)
    sums.index_add_(0, indices.cpu().flatten().long(), of_tokens.cpu().double().flatten())
    patches: NDArray[np.float32] = sums[num_prefix_tokens:].view(rows, cols).float().numpy()
    return patches

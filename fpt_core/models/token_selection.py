"""Which of the backbone's tokens matter: the attention that each one receives."""

from __future__ import annotations

import torch
from torch import Tensor

from fpt_core.config import TokenImportance

_QUERIES_PER_BLOCK = 128

Selected = tuple[Tensor, Tensor, Tensor]


def token_importance(query: Tensor, key: Tensor, kind: TokenImportance) -> Tensor:
    """Attention received by every token, in every head.

    The mean over queries of ``softmax(query key^T / sqrt(d))`` needs whole rows of
    the attention matrix but never all of them: it is summed over blocks of queries.

    Reference: Huang et al., FPT, MICCAI 2024, section 2.2.

    Args:
        query: Queries as attention uses them (after normalisation).
        key: Keys, likewise.
        kind: ``global`` averages over all queries, ``class_token`` takes the first.

    Shape:
        query, key ``(B, H, N, d)`` -> ``(B, H, N)``, float32.
    """
    N, d = query.shape[-2:]
    scaled_key = (key.float() * d**-0.5).transpose(-2, -1)
    if kind == "class_token":
        row: Tensor = (query[..., :1, :].float() @ scaled_key).softmax(-1)
        return row.squeeze(-2)
    received = query.new_zeros(query.shape[:-1], dtype=torch.float32)
    for block in query.split(_QUERIES_PER_BLOCK, dim=-2):
        received += (block.float() @ scaled_key).softmax(-1).sum(-2)
    return received / N


def select_tokens(importance: Tensor, key: Tensor, value: Tensor, num_tokens: int) -> Selected:
    """The ``num_tokens`` most important tokens of each head, in descending importance.

    Shape:
        importance ``(B, H, N)``; key, value ``(B, H, N, d)`` ->
        key, value ``(B, H, m, d)`` and their indices ``(B, H, m)``.
    """
    index = importance.topk(num_tokens, dim=-1).indices
    gather = index.unsqueeze(-1).expand(*index.shape, key.shape[-1])
    return key.gather(-2, gather), value.gather(-2, gather), index

"""Which of the backbone's tokens matter: the attention that each one receives."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from fpt_core.config import TokenImportance

_BLOCK_BYTES = {"cpu": 3 * 2**20, "cuda": 256 * 2**20}
"""Of attention weights at once: what stays in a processor's cache, or keeps a GPU busy."""
_FLOAT_BYTES = 4

Selected = tuple[Tensor, Tensor, Tensor]


def attend(
    query: Tensor, key: Tensor, value: Tensor, kind: TokenImportance
) -> tuple[Tensor, Tensor]:
    """Attention's output, and the attention that every token receives in every head.

    On the CPU both come from the same blocks of attention weights, computed once.

    Args:
        query: Queries as attention uses them (after normalisation).
        key: Keys, likewise.
        value: Values.
        kind: ``global`` averages over all queries, ``class_token`` takes the first.

    Shape:
        each ``(B, H, N, d)`` -> output ``(B, H, N, d)``, importance ``(B, H, N)`` in float32.
    """
    if kind == "class_token" or query.device.type != "cpu":
        context = scaled_dot_product_attention(query, key, value)
        return context, token_importance(query, key, kind)
    value = value.contiguous()
    context = torch.empty_like(value)
    received = query.new_zeros(query.shape[:-1], dtype=torch.float32)
    for rows, weights in _weights(query, key):
        received += weights.sum(-2)
        context[..., rows, :] = weights.to(value.dtype) @ value
    return context, received / query.shape[-2]


def token_importance(query: Tensor, key: Tensor, kind: TokenImportance) -> Tensor:
    """Attention received by every token, in every head.

    The mean over queries of ``softmax(query key^T / sqrt(d))`` needs whole rows of
    the attention matrix but never all of them: it is summed over blocks of queries.

    Reference: Huang et al., FPT, MICCAI 2024, section 2.2.

    Shape:
        query, key ``(B, H, N, d)`` -> ``(B, H, N)``, float32.
    """
    if kind == "class_token":
        [(_, weights)] = _weights(query[..., :1, :], key)
        return weights.squeeze(-2).clone()
    received = query.new_zeros(query.shape[:-1], dtype=torch.float32)
    for _, weights in _weights(query, key):
        received += weights.sum(-2)
    return received / query.shape[-2]


def _weights(query: Tensor, key: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Blocks of rows of the attention matrix, in float32; each is overwritten by the next."""
    B, H, N, d = query.shape
    columns = key.shape[-2]
    row_bytes = _FLOAT_BYTES * B * H * columns
    num_rows = min(N, max(1, _BLOCK_BYTES[query.device.type] // row_bytes))
    transposed = key.float().contiguous().transpose(-2, -1)
    scores, weights = query.new_empty(2, B, H, num_rows, columns, dtype=torch.float32)
    for start in range(0, N, num_rows):
        rows = slice(start, min(start + num_rows, N))
        block, out = (buffer[..., : rows.stop - start, :] for buffer in (scores, weights))
        torch.matmul(query[..., rows, :].float() * d**-0.5, transposed, out=block)
        torch.softmax(block, -1, out=out)
        yield rows, out


def select_tokens(importance: Tensor, key: Tensor, value: Tensor, num_tokens: int) -> Selected:
    """The ``num_tokens`` most important tokens of each head, in descending importance.

    Shape:
        importance ``(B, H, N)``; key, value ``(B, H, N, d)`` ->
        key, value ``(B, H, m, d)`` and their indices ``(B, H, m)``.
    """
    index = importance.topk(num_tokens, dim=-1).indices
    gather = index.unsqueeze(-1).expand(*index.shape, key.shape[-1])
    return key.gather(-2, gather), value.gather(-2, gather), index

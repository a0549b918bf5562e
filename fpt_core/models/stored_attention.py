"""Attention from a few shared queries to stored keys and values, read in the store's own type."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def stored_attention(
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    key_scales: Tensor | None = None,
    value_scales: Tensor | None = None,
) -> Tensor:
    """``softmax(query keys^T / sqrt(d)) values`` where only the query learns.

    Keys and values are neither expanded nor kept in float32: each tapped block's are turned
    into the query's type when they are needed, forward and backward, and stay in the
    processor's cache meanwhile. Quantised ones (int8) are never scaled themselves: their
    scales go to the far smaller scores and weights.

    Shape:
        query ``(L, H, p, d)``; keys, values ``(L, B, H, m, d)``; scales ``(L, B, H, m)``
        -> context ``(L, B, H, p, d)``.
    """
    arguments = (query, keys, values, key_scales, value_scales)
    context: Tensor = _StoredAttention.apply(*arguments)  # type: ignore[no-untyped-call]
    return context


class _StoredAttention(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        keys: Tensor,
        values: Tensor,
        key_scales: Tensor | None,
        value_scales: Tensor | None,
    ) -> Tensor:
        """Attend, block by block."""
        L, B, H, m, d = keys.shape
        weights = query.new_empty(L, H, query.shape[2], B, m)
        context = query.new_empty(L, H, B, query.shape[2], d)
        for block in range(L):
            key = _all_images(keys[block], query)
            scores = (query[block] * d**-0.5 @ key.mT).unflatten(-1, (B, m))
            if key_scales is not None:
                scores *= key_scales[block].transpose(0, 1).unsqueeze(1)
            torch.softmax(scores, -1, out=weights[block])
            weighted = weights[block]
            if value_scales is not None:
                weighted = weighted * value_scales[block].transpose(0, 1).unsqueeze(1)
            torch.matmul(
                weighted.transpose(1, 2), _by_head(values[block], query), out=context[block]
            )
        ctx.save_for_backward(weights, keys, values, key_scales, value_scales)
        return context.transpose(1, 2)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """The query's gradient, summed over images."""
        weights, keys, values, key_scales, value_scales = ctx.saved_tensors
        L, H, p, _B, _m = weights.shape
        d = keys.shape[-1]
        query_gradient = gradient.new_empty(L, H, p, d)
        for block in range(L):
            outer = gradient[block].transpose(0, 1)
            by_weight = (outer @ _by_head(values[block], gradient).mT).transpose(1, 2)
            if value_scales is not None:
                by_weight = by_weight * value_scales[block].transpose(0, 1).unsqueeze(1)
            weight = weights[block]
            by_score = weight * (by_weight - (by_weight * weight).sum(-1, keepdim=True))
            if key_scales is not None:
                by_score *= key_scales[block].transpose(0, 1).unsqueeze(1)
            key = _all_images(keys[block], gradient)
            query_gradient[block] = by_score.flatten(-2) @ key * d**-0.5
        return query_gradient, None, None, None, None


def _by_head(stored: Tensor, like: Tensor) -> Tensor:
    """``(B, H, m, d)`` as stored -> ``(H, B, m, d)`` to compute with."""
    return stored.transpose(0, 1).to(like.dtype, memory_format=torch.contiguous_format)


def _all_images(stored: Tensor, like: Tensor) -> Tensor:
    """``(B, H, m, d)`` as stored -> ``(H, B m, d)``: one product serves all images."""
    return _by_head(stored, like).flatten(1, 2)

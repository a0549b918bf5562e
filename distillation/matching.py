"""What the student is asked to match, read from both models by hooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Seen:
    """What a ViT computes of a batch.

    Shape:
        tokens ``(B, N, C)`` after the last norm; qkv one ``(B, N, 3, H, d)`` per watched block.
    """

    tokens: Tensor
    qkv: tuple[Tensor, ...]


class Watched:
    """A timm ViT whose queries, keys and values can be seen in some blocks."""

    def __init__(self, vit: Any, blocks: tuple[int, ...]) -> None:
        self._vit = vit
        self._qkv: list[Tensor] = []
        for index in blocks:
            vit.blocks[index].attn.qkv.register_forward_hook(self._keep)

    def __call__(self, images: Tensor) -> Seen:
        """Run the model, images normalised."""
        self._qkv = []
        tokens = self._vit.forward_features(images)
        heads = self._vit.blocks[0].attn.num_heads
        split = tuple(qkv.unflatten(-1, (3, heads, -1)) for qkv in self._qkv)
        return Seen(tokens, split)

    def _keep(self, module: nn.Module, inputs: object, output: Tensor) -> None:
        self._qkv.append(output)


@dataclass(frozen=True, slots=True)
class Variances:
    """How much each of the teacher's numbers varies over many images.

    A single image cannot tell: the tokens of an even one are all alike.

    Shape:
        tokens, class_token ``(C,)``; qkv one ``(3, H, d)`` per watched block.
    """

    tokens: Tensor
    class_token: Tensor
    qkv: tuple[Tensor, ...]

    @classmethod
    def of(cls, seen: Sequence[Seen]) -> Variances:
        """Measured on what the teacher computed of some batches."""
        blocks = zip(*(batch.qkv for batch in seen), strict=True)
        return cls(
            tokens=_variance([batch.tokens[:, 1:] for batch in seen]),
            class_token=_variance([batch.tokens[:, :1] for batch in seen]),
            qkv=tuple(_variance(batches) for batches in blocks),
        )


def losses(student: Seen, teacher: Seen, variances: Variances, rows: Tensor) -> dict[str, Tensor]:
    """How far the student is off, by what is compared.

    ``tokens`` and ``class_token`` compare the summary after the last norm, ``states`` the
    queries, keys and values of matching blocks (both as squared errors over the teacher's
    variance), ``attention`` each sampled query's attention and ``received`` the attention that
    tokens receive from the sampled queries (both as Kullback-Leibler divergence).

    Reference: Wang et al., MiniLM, NeurIPS 2020 (arXiv 2002.10957), for attention and
    relations; Touvron et al., DeiT, ICML 2021 (arXiv 2012.12877), for ViTs.

    Shape:
        rows ``(R,)``: the sampled queries.
    """
    pairs = list(zip(student.qkv, teacher.qkv, strict=True))
    error = student.tokens - teacher.tokens
    states = [
        _relative(own - wanted, variance)
        for (own, wanted), variance in zip(pairs, variances.qkv, strict=True)
    ]
    attention = [_attention_losses(own, wanted, rows) for own, wanted in pairs]
    return {
        "tokens": _relative(error[:, 1:], variances.tokens),
        "class_token": _relative(error[:, 0], variances.class_token),
        "states": torch.stack(states).mean(),
        "attention": torch.stack([by_row for by_row, _ in attention]).mean(),
        "received": torch.stack([received for _, received in attention]).mean(),
    }


def _variance(batches: Sequence[Tensor]) -> Tensor:
    """Feature by feature; ``(B, N, ...)`` each -> ``(...)``."""
    variance = torch.cat([batch.flatten(0, 1) for batch in batches]).var(0)
    return torch.maximum(variance, 0.01 * variance.mean())


def _relative(error: Tensor, variance: Tensor) -> Tensor:
    return (error.square() / variance).mean()


def _attention_losses(own: Tensor, wanted: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    own_log, wanted_log = (_log_attention(qkv, rows) for qkv in (own, wanted))
    by_row = _divergence(own_log, wanted_log)
    received = _divergence(own_log.exp().mean(-2).log(), wanted_log.exp().mean(-2).log())
    return by_row, received


def _log_attention(qkv: Tensor, rows: Tensor) -> Tensor:
    """``(B, N, 3, H, d)`` -> ``(B, H, R, N)``."""
    query, key, _ = qkv.permute(2, 0, 3, 1, 4)
    scores: Tensor = query[:, :, rows] @ key.transpose(-2, -1) * query.shape[-1] ** -0.5
    return scores.log_softmax(-1)


def _divergence(own_log: Tensor, wanted_log: Tensor) -> Tensor:
    return (wanted_log.exp() * (wanted_log - own_log)).sum(-1).mean()

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from fpt_core.models.stored_attention import stored_attention

L, B, H, P, M, D = 2, 3, 2, 4, 5, 8


def _inputs(batch: int = B) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    query = torch.randn(L, H, P, D, generator=generator, dtype=torch.float64)
    keys, values = torch.randn(2, L, batch, H, M, D, generator=generator, dtype=torch.float64)
    return query.requires_grad_(), keys, values


def _plain(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    return (query.unsqueeze(1) @ keys.mT * D**-0.5).softmax(-1) @ values


@pytest.mark.parametrize("batch", [1, 3])
def test_values_and_gradients(batch: int) -> None:
    query, keys, values = _inputs(batch)
    found = stored_attention(query, keys, values)
    torch.testing.assert_close(found, _plain(query, keys, values))
    assert torch.autograd.gradcheck(lambda q: stored_attention(q, keys, values), (query,))


def test_half_precision_is_computed_in_the_querys_type() -> None:
    query, keys, values = _inputs()
    halves = keys.half(), values.half()
    found = stored_attention(query, *halves)
    torch.testing.assert_close(found, _plain(query, *(half.double() for half in halves)))


def test_scales_stand_for_scaled_keys_and_values() -> None:
    query, _keys, _values = _inputs()
    generator = torch.Generator().manual_seed(1)
    eights = torch.randint(-127, 128, (2, L, B, H, M, D), generator=generator, dtype=torch.int8)
    scales = torch.rand(2, L, B, H, M, generator=generator, dtype=torch.float64) / 50
    arguments = (*eights.unbind(0), *scales.unbind(0))
    whole = eights.double() * scales.unsqueeze(-1)
    found = stored_attention(query, *arguments)
    torch.testing.assert_close(found, _plain(query, *whole.unbind(0)))
    assert torch.autograd.gradcheck(lambda q: stored_attention(q, *arguments), (query,))

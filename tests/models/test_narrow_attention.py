from __future__ import annotations

import pytest
import torch

from fpt_core.models.narrow_attention import narrow_attention


@pytest.mark.parametrize(("num_read", "num_tokens"), [(1, 5), (5, 5), (7, 9)])
def test_values_and_gradients(num_read: int, num_tokens: int) -> None:
    generator = torch.Generator().manual_seed(0)
    shapes = [(2, 3, rows, 8) for rows in (num_read, num_tokens, num_tokens)]
    inputs = [
        torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
        for shape in shapes
    ]
    query, key, value = inputs
    expected = (query @ key.mT * 8**-0.5).softmax(-1) @ value
    torch.testing.assert_close(narrow_attention(query, key, value), expected)
    assert torch.autograd.gradcheck(narrow_attention, inputs)

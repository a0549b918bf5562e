from __future__ import annotations

import numpy as np
import torch

from fpt_core.explain.token_maps import kept_share


def test_shares_are_over_heads_and_blocks_without_prefix_tokens() -> None:
    indices = torch.tensor([[[0, 1], [1, 6]], [[1, 2], [6, 0]]])  # (L, H, m), one prefix token
    expected = [[3 / 4, 1 / 4, 0], [0, 0, 2 / 4]]
    np.testing.assert_allclose(kept_share(indices, (2, 3), 1), expected)


def test_all_tokens_kept_give_ones() -> None:
    indices = torch.arange(9).expand(2, 4, 9)
    assert (kept_share(indices, (2, 2), 5) == 1).all()

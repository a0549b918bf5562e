"""The search for near hashes is exact."""

from __future__ import annotations

import numpy as np
import pytest

from fpt_core.dataset.audit import hamming
from fpt_core.dataset.audit.hamming import near_pairs
from tests.dataset.audit.samples import near


@pytest.mark.parametrize("block", [7, 4096])
def test_all_pairs_within_the_radius_and_no_others(
    block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hamming, "_BLOCK", block)
    rng = np.random.default_rng(0)
    hashes = [rng.bytes(32).hex() for _ in range(30)]
    hashes += [near(hashes[3], 20), near(hashes[4], 21), hashes[9]]
    expected = {
        (i, j)
        for j in range(len(hashes))
        for i in range(j)
        if (int(hashes[i], 16) ^ int(hashes[j], 16)).bit_count() <= 20
    }
    found = near_pairs(hashes, 20)
    assert found is not None
    assert {tuple(pair) for pair in found.tolist()} == expected == {(3, 30), (9, 32)}


def test_one_image_has_no_pairs() -> None:
    found = near_pairs(["ab" * 32], 20)
    assert found is not None
    assert len(found) == 0


def test_too_many_pairs_are_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hamming, "_MOST_PAIRS", 10)
    assert near_pairs(["ab" * 32] * 6, 20) is None

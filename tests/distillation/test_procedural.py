from __future__ import annotations

import numpy as np
import pytest

from distillation.procedural import PAINTERS, procedural_image


@pytest.mark.parametrize("seed", range(2 * len(PAINTERS)))
def test_an_image_depends_on_its_seed_alone(seed: int) -> None:
    image = procedural_image(48, seed)

    assert image.shape == (48, 48, 3)
    assert image.dtype == np.uint8
    assert image.std() > 5, "something is on it"
    assert np.array_equal(image, procedural_image(48, seed))
    assert not np.array_equal(image, procedural_image(48, seed + len(PAINTERS)))

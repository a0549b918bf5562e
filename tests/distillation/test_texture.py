from __future__ import annotations

import numpy as np

from distillation.texture import pixel_features, texture_features


def test_pixels_are_the_image_in_small() -> None:
    image = np.zeros((64, 64, 3), dtype=np.uint8)
    image[:, 32:] = 255
    small = pixel_features(image).reshape(32, 32)
    assert small[:, :14].max() < 0.1
    assert small[:, 18:].min() > 0.9


def test_texture_tells_stripes_by_direction_and_noise_from_both() -> None:
    stripes = np.tile(np.repeat(np.array([0, 255], np.uint8), 4), 8)
    across = np.broadcast_to(stripes[None, :, None], (64, 64, 3))
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    features = [texture_features(np.ascontiguousarray(image)) for image in
                (across, across.transpose(1, 0, 2), noise)]  # fmt: skip
    assert all(np.isfinite(row).all() for row in features)
    distances = [np.abs(features[a] - features[b]).max() for a, b in ((0, 1), (0, 2), (1, 2))]
    assert min(distances) > 0.1

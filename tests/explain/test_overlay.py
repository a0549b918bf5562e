from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from fpt_core.events import TokenMap
from fpt_core.explain.overlay import save_overlay


def test_colours_the_covered_part_alone(tmp_path: Path) -> None:
    rgb = np.full((20, 30, 3), 100, np.uint8)
    token_map = TokenMap(1, 2, (0.0, 0.5), box=(10, 5, 20, 15))
    save_overlay(tmp_path / "new" / "map.png", rgb, token_map)
    with Image.open(tmp_path / "new" / "map.png") as picture:
        drawn = np.array(picture).astype(int)
    assert drawn.shape == rgb.shape
    outside = np.ones((20, 30), bool)
    outside[5:15, 10:20] = False
    assert (drawn[outside] == 100).all()
    assert (drawn[10, 12] == 100).all(), "what was never kept stays clear"
    assert (drawn[10, 18] != 100).any()


def test_a_map_of_zeros_is_drawn(tmp_path: Path) -> None:
    token_map = TokenMap(1, 1, (0.0,), box=(0, 0, 4, 4))
    save_overlay(tmp_path / "map.png", np.zeros((4, 4, 3), np.uint8), token_map)
    with Image.open(tmp_path / "map.png") as drawn:
        assert drawn.size == (4, 4)

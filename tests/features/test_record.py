"""Records of the methods that are handed no tokens; those of FPT are in ``test_store``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fpt_core.config import PixelRecipe
from fpt_core.features.record import FeaturesSpec, PictureSpec
from fpt_core.features.store import FeatureStore, StoreWriter

FEATURES = FeaturesSpec(
    kind="tokens",
    backbone="tiny",
    weights_hash="ab",
    image_size=32,
    num_vectors=5,
    embed_dim=8,
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    recipe=PixelRecipe(),
    dtype="float32",
)
PICTURE = PictureSpec(picture_size=9, recipe=PixelRecipe())


@pytest.mark.parametrize(("dtype", "error"), [("float32", 0.0), ("float16", 2e-3), ("int8", 3e-2)])
def test_vectors_come_back(dtype: Any, error: float, tmp_path: Path) -> None:
    spec = dataclasses.replace(FEATURES, dtype=dtype)
    vectors = torch.randn(3, 5, 8, generator=torch.Generator().manual_seed(0))
    with StoreWriter(tmp_path, spec) as writer:
        for number, each in enumerate(vectors):
            writer.append(f"{number:064x}", each)
    with FeatureStore(tmp_path, spec) as store:
        found = store.read([f"{number:064x}" for number in (2, 0)])
        assert store.seconds > 0
    assert found.dtype == torch.float32
    assert (found - vectors[[2, 0]]).abs().max() <= error


def test_pictures_come_back(tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, 9, 9, 3), dtype=np.uint8)
    with StoreWriter(tmp_path, PICTURE) as writer:
        for number, each in enumerate(pictures):
            writer.append(f"{number:064x}", each)
    with FeatureStore(tmp_path, PICTURE) as store:
        found = store.read([f"{1:064x}"])
    assert np.array_equal(found[0].permute(1, 2, 0).numpy(), pictures[1])


def test_all_that_shapes_a_record_names_its_folder() -> None:
    changes: dict[str, Any] = {
        "kind": "pooled",
        "backbone": "other",
        "weights_hash": "cd",
        "image_size": 64,
        "num_vectors": 2,
        "embed_dim": 16,
        "mean": (0.4, 0.5, 0.5),
        "std": (0.5, 0.5, 0.4),
        "recipe": PixelRecipe(fundus_crop=True),
        "dtype": "int8",
        "version": 9,
    }
    assert set(changes) == {field.name for field in dataclasses.fields(FeaturesSpec)}
    specs = [FEATURES, *(dataclasses.replace(FEATURES, **{n: new}) for n, new in changes.items())]
    assert len({spec.fingerprint for spec in specs}) == len(specs)
    others = {
        PICTURE,
        PictureSpec(10, PixelRecipe()),
        PictureSpec(9, PixelRecipe(fundus_crop=True)),
    }
    assert len({spec.fingerprint for spec in others}) == 3

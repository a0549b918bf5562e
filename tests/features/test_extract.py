from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from fpt_core.config import FptConfig, PixelRecipe, preset
from fpt_core.events import Progress, Warned
from fpt_core.features.extract import SourceImage, extract
from fpt_core.features.reading import TokenReading
from fpt_core.features.resizing import resize, resized, to_input
from fpt_core.features.store import FeatureStore
from fpt_core.images import read_image
from fpt_core.models.backbone import FrozenBackbone
from tests.pictures import write_image

CONFIG = dataclasses.replace(preset("fpt+"), image_size=32, side_image_size=16, side_reduction=2)


@pytest.fixture
def sources(tmp_path: Path) -> list[SourceImage]:
    paths = [write_image(tmp_path / f"{number}.png", number) for number in range(7)]
    return [SourceImage(path, 0, hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths]


def _reading(backbone: FrozenBackbone, config: FptConfig = CONFIG) -> TokenReading:
    return TokenReading(backbone, config, PixelRecipe(), "float32")


def test_stores_what_the_backbone_hands_over(
    backbone: FrozenBackbone, sources: list[SourceImage], tmp_path: Path
) -> None:
    reading = _reading(backbone)
    events = list(extract(reading, sources, tmp_path / "features"))
    assert events[-1] == Progress("Preparing images", 7, 7)
    rgb = read_image(sources[4].path)
    high, side = resized(rgb, (32, 18))
    tokens = backbone.important_tokens(to_input(backbone, high), (2, 3), 0.2, "global")
    with FeatureStore(tmp_path / "features", reading.spec) as store:
        batch = store.read([sources[4].image_hash])
    torch.testing.assert_close(batch.keys, tokens.keys)
    torch.testing.assert_close(batch.values, tokens.values)
    assert torch.equal(batch.indices.long(), tokens.indices)
    assert np.array_equal(batch.side_images[0].permute(1, 2, 0).numpy(), side)


def test_goes_on_where_it_was_closed(
    backbone: FrozenBackbone, sources: list[SourceImage], tmp_path: Path
) -> None:
    reading, folder = _reading(backbone), tmp_path / "features"
    first = extract(reading, sources, folder)
    while next(first) != Progress("Preparing images", 3, 7):
        pass
    first.close()
    with FeatureStore(folder, reading.spec) as store:
        assert len(store) == 3
    images: list[int] = []
    backbone.vit.patch_embed.register_forward_hook(lambda *_: images.append(1))
    list(extract(reading, sources, folder))
    assert len(images) == 4, "what is there is not computed again"
    with FeatureStore(folder, reading.spec) as store:
        assert all(source.image_hash in store for source in sources)


def test_an_unreadable_image_is_told_and_left_out(
    backbone: FrozenBackbone, sources: list[SourceImage], tmp_path: Path
) -> None:
    sources[2].path.write_bytes(b"no image")
    reading = _reading(backbone)
    events = list(extract(reading, sources, tmp_path / "features"))
    [warning] = [event for event in events if isinstance(event, Warned)]
    assert warning.message.startswith("2.png is damaged at its beginning")
    assert warning.message.endswith("It is left out.")
    with FeatureStore(tmp_path / "features", reading.spec) as store:
        assert len(store) == 6
        assert sources[2].image_hash not in store


def test_the_same_image_is_stored_once(
    backbone: FrozenBackbone, sources: list[SourceImage], tmp_path: Path
) -> None:
    reading = _reading(backbone)
    for _ in range(2):
        list(extract(reading, sources, tmp_path / "features"))
    [shard] = (tmp_path / "features" / reading.spec.fingerprint).glob("*.bin")
    assert shard.stat().st_size == 7 * reading.spec.record_bytes


def test_to_input_keeps_colours_apart(backbone: FrozenBackbone) -> None:
    rgb = np.zeros((32, 32, 3), np.uint8)
    rgb[..., 2] = 255
    assert to_input(backbone, rgb)[0, :, 5, 5].tolist() == [-1.0, -1.0, 1.0]


def test_resizing_does_not_alias() -> None:
    stripes = torch.zeros(1, 3, 16, 16)
    stripes[..., ::2] = 1
    inner = resize(stripes, 4)[..., 1:-1]
    torch.testing.assert_close(inner, torch.full_like(inner, 0.5), atol=0.07, rtol=0)

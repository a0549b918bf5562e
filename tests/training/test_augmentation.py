from __future__ import annotations

import torch

from fpt_core.training.augmentation import Views, augment


def _images() -> torch.Tensor:
    return torch.rand(6, 3, 18, 18, generator=torch.Generator().manual_seed(0))


def _augment(images: torch.Tensor, seed: int) -> torch.Tensor:
    return augment(images, 16, Views.draw(len(images), torch.Generator().manual_seed(seed)))


def _augmented(seed: int) -> torch.Tensor:
    return _augment(_images(), seed)


def test_shape_and_range() -> None:
    result = _augmented(0)
    assert result.shape == (6, 3, 16, 16)
    assert result.min() >= 0
    assert result.max() <= 1


def test_depends_on_the_generator_alone() -> None:
    torch.manual_seed(1)
    first = _augmented(5)
    torch.manual_seed(2)
    assert torch.equal(_augmented(5), first)
    assert not torch.equal(_augmented(6), first)


def test_global_randomness_is_left_alone() -> None:
    before = torch.get_rng_state()
    _augmented(0)
    assert torch.equal(torch.get_rng_state(), before)


def test_images_of_a_batch_are_changed_differently() -> None:
    same = _images()[:1].expand(4, -1, -1, -1)
    result = _augment(same, 0)
    assert all(not torch.equal(result[0], other) for other in result[1:])


def test_about_half_of_the_images_are_mirrored() -> None:
    ramp = torch.linspace(0.2, 0.8, 18).expand(200, 3, 18, 18)
    result = _augment(ramp, 0)
    mirrored = (result[..., 0].mean((1, 2)) > result[..., -1].mean((1, 2))).float().mean()
    assert 0.35 < mirrored < 0.65


def test_a_uniform_image_only_changes_its_brightness() -> None:
    result = _augment(torch.full((8, 3, 18, 18), 0.5), 0)
    torch.testing.assert_close(result.amin((1, 2, 3)), result.amax((1, 2, 3)))
    assert ((result >= 0.4 - 1e-5) & (result <= 0.6 + 1e-5)).all()


def test_a_batch_in_parts_is_changed_as_the_whole_is() -> None:
    images = _images()
    views = Views.draw(len(images), torch.Generator().manual_seed(4))
    parts = [augment(images[part], 16, views[part]) for part in (slice(0, 4), slice(4, 6))]
    torch.testing.assert_close(torch.cat(parts), augment(images, 16, views))

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fpt_core.errors import ImageError
from fpt_core.images import (
    archive,
    is_image_file,
    num_frames,
    read_image,
    read_pixels,
    read_thumbnail,
)
from fpt_core.images.array import open_array

RNG = np.random.default_rng(0)
COLOUR = RNG.integers(0, 256, (4, 6, 5, 3), dtype=np.uint8)
GREY = RNG.integers(0, 256, (4, 6, 5), dtype=np.uint8)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_rows_of_a_medmnist_archive_are_frames(save: object, tmp_path: Path) -> None:
    path = tmp_path / "pathmnist.npz"
    assert callable(save)
    save(path, train_images=COLOUR, val_images=GREY, train_labels=np.arange(4)[:, None])
    assert num_frames(path / "train_images") == 4
    for row in range(4):
        assert np.array_equal(read_image(path / "train_images", frame=row), COLOUR[row])
        assert np.array_equal(read_pixels(path / "val_images", row).values, GREY[row])
    assert read_thumbnail(path / "val_images", 3, frame=2).shape[0] == 3
    assert read_pixels(path / "train_images").frames == 4
    assert open_array(path / "train_labels").tolist() == [[0], [1], [2], [3]]
    assert is_image_file(path / "train_images")
    assert not is_image_file(path / "test_images")
    assert [member.path.name for member in archive.members(path)] == [
        "train_images",
        "train_labels",
        "val_images",
    ]
    with pytest.raises(ImageError, match="train_images has 4 rows; there is no row 4"):
        read_pixels(path / "train_images", 4)
    with pytest.raises(ImageError, match=r"no file test_images in pathmnist\.npz"):
        read_pixels(path / "test_images")


@pytest.mark.parametrize(
    ("array", "frames", "shape"),
    [
        (GREY[0], 1, (6, 5)),
        (GREY, 4, (6, 5)),
        (GREY[..., None], 4, (6, 5)),
        (COLOUR[0], 1, (6, 5, 3)),
        (COLOUR, 4, (6, 5, 3)),
        (GREY > 100, 4, (6, 5)),
        (np.asfortranarray(GREY), 4, (6, 5)),
        (GREY.astype(">u2"), 4, (6, 5)),
        (GREY.astype(np.float32), 4, (6, 5)),
    ],
)
def test_an_array_of_images_is_told_by_its_shape(
    array: np.ndarray, frames: int, shape: tuple[int, ...], tmp_path: Path
) -> None:
    np.save(tmp_path / "a.npy", array)
    pixels = read_pixels(tmp_path / "a.npy", frames - 1)
    assert pixels.frames == frames
    assert pixels.values.shape == shape
    assert pixels.values.dtype.isnative
    last = array.reshape(frames, *shape)[-1]
    assert np.array_equal(pixels.values > 100, last if last.dtype == bool else last > 100)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(5),
        np.zeros((2, 3, 4, 5, 3)),
        np.zeros((4, 28, 28, 28), np.uint8),
        np.zeros((4, 6, 5, 3), np.float32),
        np.array([["a", "b"]]),
        np.zeros((2, 2), np.complex64),
    ],
)
def test_an_array_of_something_else_is_told_with_its_shape(
    array: np.ndarray, tmp_path: Path
) -> None:
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(ImageError, match=r"not of images.|claims a size") as told:
        read_pixels(tmp_path / "a.npy")
    assert str(array.shape) in told.value.message


@pytest.mark.parametrize("shape", [(0, 6, 5), (4, 0, 5)])
def test_an_empty_array_is_told(shape: tuple[int, ...], tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(shape, np.uint8))
    with pytest.raises(ImageError, match=r"0 rows|claims a size"):
        read_pixels(tmp_path / "a.npy")


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ImageError, match="Python objects, which are not read"):
        read_pixels(tmp_path / "a.npz/images")


def test_a_truncated_array_is_told(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", GREY)
    content = (tmp_path / "a.npy").read_bytes()
    for keep in (20, 100, len(content) - 1):
        (tmp_path / "a.npy").write_bytes(content[:keep])
        with pytest.raises(ImageError, match=r"a\.npy is truncated or damaged"):
            read_pixels(tmp_path / "a.npy")


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    for rows in (GREY, GREY[:2]):
        np.savez(tmp_path / "a.npz", images=rows)
        assert num_frames(tmp_path / "a.npz/images") == len(rows)

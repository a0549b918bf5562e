"""MedMNIST's archives of arrays."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fpt_core.dataset.importers.medmnist import list_medmnist
from fpt_core.errors import DatasetError, FptError
from fpt_core.images import read_pixels
from tests.sources import classes, listed


def _save(path: Path, labels: Any = None, **others: Any) -> Path:
    """Twelve images in three splits, as MedMNIST keeps them."""
    arrays = {}
    for start, split in ((0, "train"), (6, "val"), (9, "test")):
        count = 6 if split == "train" else 3
        images = np.arange(start, start + count, dtype=np.uint8)
        arrays[f"{split}_images"] = np.broadcast_to(images[:, None, None], (count, 28, 28))
        given = np.arange(start, start + count)[:, None] % 2 if labels is None else labels[:count]
        arrays[f"{split}_labels"] = given
    np.savez_compressed(path, **arrays, **others)
    return path


def test_every_row_is_an_image_with_its_split_and_label(tmp_path: Path) -> None:
    path = _save(tmp_path / "mnist.npz", extra=np.zeros(3))
    listing = listed(path)
    assert classes(listing) == {"0": 6, "1": 6}
    assert [file.split for file in listing.files] == ["train"] * 6 + ["val"] * 3 + ["test"] * 3
    assert [file.frame for file in listing.files] == [0, 1, 2, 3, 4, 5, 0, 1, 2, 0, 1, 2]
    file = listing.files[7]
    assert file.frame is not None
    assert read_pixels(file.path, file.frame).values[0, 0] == 7
    (skipped,) = listing.skipped
    assert skipped.path == str(path / "extra")


def test_labels_of_whole_floats_and_words_are_names(tmp_path: Path) -> None:
    floats = np.array([0.0, 1.0, 2.0] * 2)
    words = np.array(["dr", "none", ""] * 2)
    assert classes(list_medmnist(_save(tmp_path / "a.npz", floats))).keys() == {"0", "1", "2"}
    assert classes(list_medmnist(_save(tmp_path / "b.npz", words))).keys() == {
        "dr",
        "none",
        "empty",
    }


def test_several_labels_per_image_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="14 labels at once"):
        list_medmnist(_save(tmp_path / "chest.npz", np.zeros((6, 14), int)))


def test_arrays_of_another_kind_are_refused_with_their_names(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", x=np.zeros(3), y=np.zeros(3))
    with pytest.raises(DatasetError, match=r"no arrays train_images .* but x, y"):
        list_medmnist(tmp_path / "other.npz")


def test_labels_that_would_run_code_are_refused(tmp_path: Path) -> None:
    objects = np.array([{}, {}, {}, {}, {}, {}], dtype=object)
    with pytest.raises(DatasetError, match="could run code"):
        list_medmnist(_save(tmp_path / "pickled.npz", objects))


def test_a_damaged_archive_is_a_listing_or_a_refusal(tmp_path: Path) -> None:
    content = _save(tmp_path / "whole.npz").read_bytes()
    chance = random.Random(3)
    for number in range(150):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 5, 40))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        if number % 3 == 0:
            damaged = damaged[: chance.randrange(len(damaged))]
        path = tmp_path / f"{number}.npz"
        path.write_bytes(damaged)
        try:
            assert list_medmnist(path).files
        except FptError:
            continue

"""The index of a DICOM archive."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from fpt_core.dataset.importers.dicomdir import keep_referenced
from fpt_core.dataset.importers.tree import Tree
from fpt_core.errors import DatasetError, FptError
from tests.sources import listed, places


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """pydicom's own archive of 31 images."""
    original = Path(get_testdata_file("DICOMDIR", download=False)).parent
    shutil.copytree(original, tmp_path / "disc")
    return tmp_path / "disc"


@pytest.mark.parametrize("name", ["DICOMDIR", "DICOMDIR-bigEnd", "DICOMDIR-implicit"])
def test_the_images_that_the_index_names_are_listed(name: str, disc: Path) -> None:
    listing = listed(disc / name, label_tag="Modality")
    assert len(listing.files) == 31
    assert {file.class_name for file in listing.files} == {"CR", "CT", "MR"}
    assert len({file.patient_id for file in listing.files}) == 2
    assert not any(place.startswith("TINY_ALPHA") for place in places(listing, disc))
    assert {file.reason for file in listing.skipped} >= {f"{name} does not name it."}


def test_a_file_that_is_gone_is_told(disc: Path) -> None:
    (disc / "77654033" / "CR1" / "6154").unlink()
    listing = listed(disc / "DICOMDIR", label_tag="Modality")
    assert len(listing.files) == 30
    told = {file.path: file.reason for file in listing.skipped}
    assert told[str(disc / "77654033" / "CR1" / "6154")] == (
        "DICOMDIR names it, but it is not there."
    )


def test_the_folders_of_a_disc_are_no_classes(disc: Path) -> None:
    with pytest.raises(DatasetError, match="those of a DICOM archive") as told:
        listed(disc / "DICOMDIR")
    assert "DICOM attribute" in told.value.remedy


@pytest.mark.parametrize("content", [b"", b"nonsense" * 40])
def test_a_damaged_index_is_refused(content: bytes, disc: Path) -> None:
    (disc / "DICOMDIR").write_bytes(content)
    with pytest.raises(DatasetError, match="damaged or no index"):
        listed(disc / "DICOMDIR", label_tag="Modality")


def test_an_empty_index_is_refused(disc: Path) -> None:
    empty = shutil.copy(disc / "DICOMDIR-empty.dcm", disc / "DICOMDIR")
    with pytest.raises(DatasetError, match="names no files"):
        listed(Path(empty), label_tag="Modality")


def test_a_damaged_index_gives_a_listing_or_a_refusal(disc: Path) -> None:
    content = (disc / "DICOMDIR").read_bytes()
    chance = random.Random(11)
    for number in range(60):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 10, 100))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        if number % 3 == 0:
            damaged = damaged[: chance.randrange(len(damaged))]
        (disc / "DICOMDIR").write_bytes(damaged)
        tree = Tree(disc, images=["77654033/CR1/6154"])
        try:
            keep_referenced(tree, disc / "DICOMDIR")
        except FptError:
            continue
        assert len(tree.images) + len(tree.skipped) > 0

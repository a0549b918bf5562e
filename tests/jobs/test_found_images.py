"""What was given becomes images: one for each file, one for each series."""

from __future__ import annotations

from pathlib import Path

from fpt_core.images.stack import slices_of
from fpt_core.jobs.found_images import as_series, find_images
from tests.pictures import write_image
from tests.sources import finished, write_dicom


def _slice(path: Path, series: str, mm: float, modality: str = "CT") -> Path:
    position = [0, 0, mm]
    return write_dicom(
        path, SeriesInstanceUID=series, ImagePositionPatient=position, Modality=modality
    )


def _found(tmp_path: Path, *paths: Path) -> list[tuple[Path, str]]:
    _, listed = finished(find_images(paths))
    _, found = finished(as_series(listed, tmp_path / "lists"))
    images: list[tuple[Path, str]] = found.images
    return images


def test_the_slices_of_a_series_are_one_image_in_order_of_position(tmp_path: Path) -> None:
    scan = tmp_path / "scan"
    for number, mm in enumerate((20.0, 0.0, 10.0)):
        _slice(scan / "head" / f"IM{number}", "1.2.3", mm)
    write_image(scan / "photo.png", 1)
    [(stack, name), (photo, _)] = _found(tmp_path, scan)
    assert (name, photo.name) == ("scan/head, 3 slices", "photo.png")
    assert [path.name for path in slices_of(stack)] == ["IM1", "IM2", "IM0"]
    assert _found(tmp_path, scan)[0][0] == stack, "given again it is the same"


def test_two_series_of_one_folder_are_two_and_radiographs_stay_apart(tmp_path: Path) -> None:
    scan = tmp_path / "scan"
    for number in range(4):
        _slice(scan / f"IM{number}", f"1.2.{number % 2}", number)
    for number in range(2):
        _slice(scan / f"XR{number}", "1.9", number, modality="DX")
    names = [name for _, name in _found(tmp_path, scan)]
    assert names == ["scan, 2 slices", "scan, 2 slices (2)", "scan/XR0", "scan/XR1"]


def test_slices_given_one_by_one_are_a_series_too(tmp_path: Path) -> None:
    slices = [_slice(tmp_path / f"{number}.dcm", "1.2.3", -number) for number in range(2)]
    [(stack, name)] = _found(tmp_path, *slices)
    assert name == "Series, 2 slices"
    assert slices_of(stack) == (slices[1], slices[0])

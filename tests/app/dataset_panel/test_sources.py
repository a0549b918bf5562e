from __future__ import annotations

from pathlib import Path

import pytest

from app.dataset_panel.sources import is_source, pair_sources, project_beside


@pytest.mark.parametrize("name", ["labels.csv", "labels.XLSX", "a.zip", "b.npz", "DICOMDIR"])
def test_tables_archives_and_folders_are_data_sets(tmp_path: Path, name: str) -> None:
    assert is_source(tmp_path)
    assert is_source(tmp_path / name)


@pytest.mark.parametrize("name", ["image.png", "slice.dcm", "scan.nii.gz"])
def test_an_image_is_none(tmp_path: Path, name: str) -> None:
    assert not is_source(tmp_path / name)


def test_one_table_with_one_folder_holds_its_labels() -> None:
    folder, table, archive = Path("images"), Path("labels.csv"), Path("a.zip")

    assert pair_sources([table, folder]) == [(folder, table)]
    assert pair_sources([folder]) == [(folder, None)]
    assert pair_sources([folder, archive]) == [(folder, None), (archive, None)]
    assert pair_sources([folder, archive, table]) == [
        (folder, None),
        (archive, None),
        (table, None),
    ]


def test_a_new_project_lies_beside_its_source(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()

    assert project_beside(images) == tmp_path / "images.fptproject"
    assert project_beside(images / "labels.csv") == tmp_path / "images.fptproject"

"""DICOM headers of a source, and its stacks of slices."""

from __future__ import annotations

from pathlib import Path

from pydicom.data import get_testdata_file

from fpt_core.dataset.importers.headers import read_headers, stacks
from fpt_core.dataset.importers.tree import walk
from fpt_core.events import Progress
from tests.sources import finished, write_dicom


def test_files_without_an_image_are_told_apart(tmp_path: Path) -> None:
    write_dicom(tmp_path / "ct.dcm", BodyPartExamined="HEAD")
    for name in ("reportsi.dcm", "rtplan.dcm"):
        (tmp_path / name).write_bytes(Path(get_testdata_file(name, download=False)).read_bytes())
    (tmp_path / "junk.dcm").write_bytes(b"no dicom at all")
    tree = finished(walk(tmp_path))[1]
    events, headers = finished(read_headers(tree, tree.images, ["BodyPartExamined"]))
    assert events == [Progress("Reading DICOM headers", 4, 4)]
    assert headers.tags["ct.dcm"].values == {"BodyPartExamined": "HEAD"}
    assert headers.without_image.keys() == {"reportsi.dcm", "rtplan.dcm", "junk.dcm"}
    assert headers.without_image["rtplan.dcm"] == "It holds no image (modality RTPLAN)."


def test_slices_are_ordered_along_their_normal_else_by_number(tmp_path: Path) -> None:
    for index, z in enumerate((30.0, -10.0, 5.0)):
        write_dicom(
            tmp_path / f"{index}.dcm", SeriesInstanceUID="1.2.1", ImagePositionPatient=[0, 0, z]
        )
        write_dicom(
            tmp_path / f"n{index}.dcm",
            SeriesInstanceUID="1.2.2",
            ImagePositionPatient=None,
            InstanceNumber=9 - index,
        )
        write_dicom(tmp_path / f"x{index}.dcm", SeriesInstanceUID="1.2.3", Modality="DX")
    write_dicom(tmp_path / "single.dcm", SeriesInstanceUID="1.2.4")
    tree = finished(walk(tmp_path))[1]
    headers = finished(read_headers(tree, tree.images))[1]
    assert stacks(headers.tags) == {
        "1.2.1": ["1.dcm", "2.dcm", "0.dcm"],
        "1.2.2": ["n2.dcm", "n1.dcm", "n0.dcm"],
    }


def test_the_normal_counts_not_the_axis(tmp_path: Path) -> None:
    sagittal = [0, 1, 0, 0, 0, -1]
    for index, x in enumerate((3.0, 1.0, 2.0)):
        write_dicom(
            tmp_path / f"{index}.dcm",
            ImageOrientationPatient=sagittal,
            ImagePositionPatient=[x, 0, -x],
        )
    tree = finished(walk(tmp_path))[1]
    headers = finished(read_headers(tree, tree.images))[1]
    (order,) = stacks(headers.tags).values()
    assert order == ["0.dcm", "2.dcm", "1.dcm"]

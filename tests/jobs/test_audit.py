"""Import and audit of real files: what is planted is found, and nothing else."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from fpt_core.dataset.audit.findings import Finding
from fpt_core.dataset.audit.remedies import apply_remedy
from fpt_core.dataset.audit.report import is_stale, kept_report
from fpt_core.dataset.project import Project
from fpt_core.errors import DatasetError
from fpt_core.events import Finished, Progress
from fpt_core.jobs.requests import AuditRequest, ImportRequest
from fpt_core.jobs.run import run
from tests.pictures import clouds

PATIENTS = 120
SIZE = 256


class _Source:
    """A folder of images with a table, to which faults can be added."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.rows = ["file,label,patient_id,split"]
        for number in range(PATIENTS):
            split = ("train", "train", "train", "val", "test", "test")[number // 2 % 6]
            label = ("healthy", "ill")[number % 2]
            self.add(f"{number:03d}.png", _picture(number), label, split)

    def add(self, name: str, picture: Image.Image, label: str, split: str) -> None:
        picture.save(self.folder / name, **({"quality": 60} if name.endswith("jpg") else {}))
        self.row(name, label, split)

    def row(self, name: str, label: str, split: str) -> None:
        self.rows.append(f"{name},{label},MRN-{len(self.rows):05d},{split}")

    def copy(self, name: str, other: str, label: str, split: str) -> None:
        shutil.copy(self.folder / name, self.folder / other)
        self.row(other, label, split)

    def audited(self) -> tuple[Project, dict[str, Finding]]:
        table = self.folder / "labels.csv"
        table.write_text("\n".join(self.rows), encoding="utf-8")
        path = self.folder.parent / "study"
        assert isinstance(list(run(ImportRequest(path, table)))[-1], Finished)
        return Project.open(path), _audit(path)


def _picture(number: int) -> Image.Image:
    return Image.fromarray(clouds(number, SIZE))


def _audit(path: Path) -> dict[str, Finding]:
    *before, last = run(AuditRequest(path))
    assert isinstance(last, Finished)
    assert all(isinstance(event, Progress) for event in before)
    report = kept_report(Project.open(path))
    assert report is not None
    assert len(last.result["findings"]) == len(report.findings)
    found: dict[str, Finding] = {}
    for finding in report.findings:
        found.setdefault(finding.kind, finding)  # the gravest of its kind
    return found


def _names(project: Project, finding: Finding) -> set[frozenset[str]]:
    by_id = {image.id: image.path.name for image in project.images(include_excluded=True)}
    return {frozenset(by_id[number] for number in group) for group in finding.groups}


def _recompressed(picture: Image.Image) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=30)
    return Image.open(file)


def test_a_data_set_without_faults_stays_quiet(tmp_path: Path) -> None:
    _, found = _Source(tmp_path / "images").audited()
    assert {f.kind for f in found.values() if f.severity != "note"} == set()
    assert set(found) == {"too-few-patients", "images-below-preset-size"}


def test_twins_in_another_split_are_found_and_moved(tmp_path: Path) -> None:
    source = _Source(tmp_path / "images")
    twins = {  # all of healthy patients in the test split
        "008.png": ("recompressed.png", _recompressed(_picture(8))),
        "010.png": ("another-format.jpg", _picture(10)),
        "020.png": ("resized.png", _picture(20).resize((SIZE * 2, SIZE * 2))),
        "022.png": ("brighter.png", _picture(22).point(lambda level: int(level * 0.8 + 30))),
    }
    for name, picture in twins.values():
        source.add(name, picture, "healthy", "train")
    project, found = source.audited()
    finding = found["near-duplicates-across-splits"]
    assert finding.severity == "serious"
    assert _names(project, finding) == {frozenset((old, new)) for old, (new, _) in twins.items()}

    apply_remedy(project, finding.remedies[0])
    report = kept_report(project)
    assert report is not None
    assert is_stale(report, project.images())
    assert "near-duplicates-across-splits" not in _audit(project.path)
    project.undo()
    assert not is_stale(report, project.images())


def test_all_planted_faults_are_found(tmp_path: Path) -> None:
    source = _Source(tmp_path / "images")
    source.copy("000.png", "same.png", "healthy", "train")
    source.copy("008.png", "leak.png", "healthy", "train")
    source.copy("001.png", "conflict.png", "healthy", "train")
    source.add("blank.png", Image.new("L", (SIZE, SIZE), 90), "ill", "train")
    source.add("tiny.png", _picture(500).resize((64, 64)), "healthy", "train")
    source.add("colour.png", Image.merge("RGB", [_picture(n) for n in (600, 601, 602)]), "ill",
               "train")  # fmt: skip
    project, found = source.audited()

    def names(kind: str) -> set[frozenset[str]]:
        return _names(project, found[kind])

    assert names("copies") == {frozenset({"000.png", "same.png"})}
    assert names("copies-across-splits") == {frozenset({"008.png", "leak.png"})}
    assert names("copies-conflicting-labels") == {frozenset({"001.png", "conflict.png"})}
    assert names("blank-images") == {frozenset({"blank.png"})}
    assert names("images-too-small") == {frozenset({"tiny.png"})}
    assert names("other-colour") == {frozenset({"colour.png"})}
    assert "shortcut" not in found

    for kind in ("copies-conflicting-labels", "copies-across-splits", "blank-images"):
        apply_remedy(project, found[kind].remedies[-1])
    left = _audit(project.path)
    assert not {"copies-conflicting-labels", "copies-across-splits", "blank-images"} & set(left)


def test_a_planted_shortcut_is_found(tmp_path: Path) -> None:
    source = _Source(tmp_path / "images")
    for path in sorted(source.folder.glob("*.png"))[1::2]:  # the ill ones
        with Image.open(path) as picture:
            picture.resize((SIZE + 64, SIZE)).save(path)
    _, found = source.audited()
    assert found["shortcut"].severity == "serious"
    assert "predicts the label (AUC 1.00)" in found["shortcut"].title


def test_a_project_without_images_is_refused(tmp_path: Path) -> None:
    path = Project.create(tmp_path / "study").path
    with pytest.raises(DatasetError, match="has no images"):
        list(run(AuditRequest(path)))


@pytest.mark.parametrize("name", ["cxr_nih", "fundus_dr"])
def test_real_data_have_no_leak_that_the_audit_can_see(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "study"
    list(run(ImportRequest(path, shared_data / name / "labels.csv")))
    found = _audit(path)
    assert not [finding for finding in found.values() if finding.severity == "serious"]
    assert not {kind for kind in found if "duplicates" in kind or "copies" in kind}

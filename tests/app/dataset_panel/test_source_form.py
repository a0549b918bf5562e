from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from app.dataset_panel.source_form import SourceForm
from fpt_core.dataset.frames import FrameRule
from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.importers.sketch import SourceSketch
from fpt_core.jobs.requests import ImportRequest
from tests.app.dataset_panel.sketches import DICOM, FOLDERS, PATTERN, TABLE

Make = Callable[..., SourceForm]
PROJECT = Path("/data/study.fptproject")


@pytest.fixture
def make_form(qtbot: QtBot) -> Make:
    def make(sketch: SourceSketch, labels: Path | None = None) -> SourceForm:
        form = SourceForm(sketch, labels)
        qtbot.addWidget(form)
        form.resize(1100, 600)
        form.show()
        return form

    return make


def texts(form: SourceForm) -> str:
    return " ".join(label.text() for label in form.findChildren(QLabel) if label.isVisible())


def test_class_folders_need_no_correction(make_form: Make) -> None:
    form = make_form(FOLDERS)

    assert form.objection == ""
    assert form.request(PROJECT) == ImportRequest(
        PROJECT, FOLDERS.source, patient_pattern=PATTERN.pattern
    )
    assert "A folder for each class: 120 files in 2 classes." in texts(form)
    assert not form.rule.isVisible()


def test_a_found_pattern_is_shown_with_examples_and_can_be_refused(make_form: Make) -> None:
    form = make_form(FOLDERS)
    assert "47 patients" in texts(form)
    assert "P017_L.jpg  →  P017" in texts(form)

    form.patients.confirm.setChecked(False)

    assert "leakage can't be excluded" in texts(form)
    assert form.request(PROJECT).patient_pattern is None


def test_a_pattern_of_ones_own_is_checked(make_form: Make) -> None:
    form = make_form(dataclasses.replace(FOLDERS, pattern=None))
    assert "leakage can't be excluded" in texts(form)
    form.set_advanced(True)

    form.patients.pattern.setText("(unclosed")
    assert "no regular expression" in form.objection

    form.patients.pattern.setText("([a-z]+)_")
    assert form.objection == ""
    assert form.request(PROJECT).patient_pattern == "([a-z]+)_"


def test_a_table_is_mapped_as_guessed(make_form: Make) -> None:
    form = make_form(TABLE)

    chosen = ColumnChoice("file", "label", "patient_id", join="file")
    assert form.request(PROJECT).columns == chosen.settled()
    assert form.request(PROJECT).labels is None, "import finds the table itself, as the sketch did"
    assert "Finds the file of 90 of 94 rows." in texts(form)
    assert "no patient will be in more than one split" in texts(form)
    assert "Two names differ only in capitals." in texts(form)


def test_another_mapping_says_what_it_finds(make_form: Make) -> None:
    form = make_form(TABLE)
    mapping = form.mapping
    assert mapping is not None

    mapping.columns["key"].setCurrentText("patient_id  (12 found)")
    assert mapping.join.currentText() == "DICOM PatientID"
    assert "Finds the file of 12 of 94 rows." in texts(form)

    mapping.join.setCurrentText("DICOM AccessionNumber")
    assert "was not counted" in texts(form)

    mapping.columns["label"].setCurrentText("Choose…")
    assert "Choose the columns" in form.objection


def test_without_a_patient_column_patients_are_unknown(make_form: Make) -> None:
    form = make_form(TABLE)
    assert form.mapping is not None

    form.mapping.columns["patient"].setCurrentText("None")

    assert "leakage can't be excluded" in texts(form)


def test_columns_are_kept_and_marked_in_the_preview(make_form: Make) -> None:
    form = make_form(TABLE)
    mapping = form.mapping
    assert mapping is not None

    mapping.keep.item(3).setCheckState(Qt.CheckState.Checked)

    assert form.request(PROJECT).columns.keep == ("site",)
    model = mapping.preview.model()
    heads = [model.headerData(place, Qt.Orientation.Horizontal) for place in range(4)]
    assert heads == ["file\nFile", "label\nLabel", "patient_id\nPatient", "site\nkept"]
    assert model.data(model.index(1, 3)) == "Kyiv"


def test_folders_can_be_the_labels_where_a_table_has_none(make_form: Make) -> None:
    assert TABLE.table is not None
    table = dataclasses.replace(TABLE.table, guess=ColumnChoice("file", join="file"))
    form = make_form(dataclasses.replace(TABLE, table=table))
    assert form.mapping is not None

    assert form.mapping.columns["label"].currentText() == "Names of the folders"
    assert form.objection == ""


def test_a_dicom_attribute_is_the_label(make_form: Make) -> None:
    form = make_form(DICOM)
    assert form.objection == "Choose where the labels come from."

    form.labels_from.setCurrentIndex(1)

    assert form.labels_from.currentText() == "DICOM attribute Modality (3 values)"
    assert form.objection == ""
    assert form.request(PROJECT).label_tag == "Modality"


def test_with_a_dicom_attribute_no_column_is_asked_for(make_form: Make) -> None:
    form = make_form(dataclasses.replace(TABLE, label_tags=(("Modality", 3),)))
    assert form.mapping is not None

    form.labels_from.setCurrentText("DICOM attribute Modality (3 values)")
    assert not form.mapping.isVisible()

    form.labels_from.setCurrentIndex(0)
    assert form.mapping.isVisible()


def test_slices_are_chosen_by_a_rule(make_form: Make) -> None:
    form = make_form(DICOM)
    assert form.request(PROJECT).frames == FrameRule()

    form.rule.setCurrentText("Every n-th")
    form.step.setValue(4)

    assert form.step.isVisible()
    assert form.request(PROJECT).frames == FrameRule("every", 4)


def test_shares_folds_and_seed_are_advanced(make_form: Make) -> None:
    form = make_form(FOLDERS)
    assert not form.splits.isVisible()
    form.set_advanced(True)
    assert form.splits.isVisible()

    form.splits.test.setValue(20)
    form.splits.folds.setValue(5)
    form.splits.seed.setValue(7)

    request = form.request(PROJECT)
    assert (request.val_share, request.test_share) == (0.1, 0.2)
    assert (request.folds, request.seed) == (5, 7)


def test_another_table_is_looked_at_again(
    qtbot: QtBot, make_form: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = make_form(TABLE)
    with qtbot.waitSignal(form.labels_wanted) as wanted:
        form.labels_from.setCurrentText("Table other.csv")
    assert wanted.args == [Path("/data/eyes/other.csv")]

    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/data/third.csv", ""))
    with qtbot.waitSignal(form.labels_wanted) as wanted:
        form.labels_from.setCurrentText("Another table…")
    assert wanted.args == [Path("/data/third.csv")]

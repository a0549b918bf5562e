"""Reports of real runs: all parts, planted identifiers, and what cannot be made."""

from __future__ import annotations

import csv
import dataclasses
import json
import logging
import math
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from fpt_core.bundle import Bundle, load_bundle, save_bundle
from fpt_core.checklists.topics import TOPICS
from fpt_core.config import TrainingConfig
from fpt_core.dataset.importers.columns import ColumnChoice
from fpt_core.dataset.project import Project
from fpt_core.dataset.records import NewImage
from fpt_core.dataset.run_folder import EVENTS
from fpt_core.errors import ConfigError, ProjectError
from fpt_core.evaluation.predictions import PREDICTIONS, load_predictions, save_predictions
from fpt_core.events import Answered, Event, Finished, Warned
from fpt_core.jobs.requests import (
    AuditRequest,
    BackboneChoice,
    ImportRequest,
    PrepareRequest,
    ReportRequest,
    Request,
    TrainRequest,
)
from fpt_core.jobs.run import run
from fpt_core.model_card import load_card
from tests.pictures import write_image

ARCHITECTURE = "vit_tiny_patch16_224"
PLANTED = (
    "mrn-4711",
    "mrn4711",
    "4711",
    "doeling",
    "janina",
    "koenig",
    "scan_left",
    "zyx",
    "ward9",
)
"""Of patients, files, folders, columns, readers and model files."""
MOST_BYTES = 5_000_000


def finished(request: Request) -> tuple[dict[str, Any], list[Event]]:
    *events, last = run(request)
    assert isinstance(last, Finished)
    return dict(last.result), events


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A machine without weights."""
    from fpt_core import backbone_catalogue

    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(backbone_catalogue.WEIGHTS_DIR_VARIABLE, str(folder))
        patch.setenv("HF_HUB_CACHE", str(folder))
        patch.setattr(backbone_catalogue, "models_dir", lambda: folder)
        yield folder


def _write_source(folder: Path, patients: int = 60) -> Path:
    """Two pictures a patient, whose brightness tells the class most of the time, and a table."""
    rows = []
    for number in range(2 * patients):
        patient = number // 2
        brightness = 80 + 40 * (patient % 2) + number * 37 % 60
        name = f"MRN4711-{patient}/scan_left{number}.png"
        write_image(folder / name, number, brightness, 32)
        rows.append(
            {
                "file": name,
                "label": ("dark", "bright")[patient % 2],
                "patient_id": f"MRN-4711-{patient}",
                "split": ("train", "val", "test")[patient // 2 % 3],
                "sex": "FM"[patient // 2 % 2],
                "age": str(30 + patient % 40),
                "contact": f"Janina Doeling {patient}",
                "referrer": "Dr Zyx" if patient == 5 else "a practice",
                "ward": "ward9 of MRN-4711-3" if patient % 2 else "ward",
            }
        )
    (folder / "Koenig.png").write_bytes(b"nothing")
    (folder / "Doeling").write_bytes(b"\x89PNG\r\n\x1a\n")
    with (folder / "labels.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def _import(project: Path, source: Path) -> None:
    columns = ColumnChoice(keep=("sex", "age", "contact", "referrer", "ward"))
    finished(ImportRequest(project, source, source / "labels.csv", columns))


def _train(project: Path, method: str = "fpt+") -> str:
    choice = BackboneChoice(ARCHITECTURE, allow_random=True)
    prepare = PrepareRequest(project, method, choice, image_size=64, device="cpu")
    result, _ = finished(TrainRequest(prepare, TrainingConfig(epochs=2)))
    return str(result["run"])


@pytest.fixture(scope="module")
def trained(home: Path) -> tuple[Path, str]:
    """A project full of planted names, and a run of it."""
    source = _write_source(home / "Koenig MRN-4711" / "images")
    project = home / "study.fptproject"
    _import(project, source)
    opened = Project.open(project)
    ids = [image.id for image in opened.images("train")]
    opened.relabel(ids[:1], "dark", reader="Dr Zyx")
    opened.exclude(ids[1:2])
    finished(AuditRequest(project))
    return project, _train(project)


@pytest.fixture(scope="module")
def reported(trained: tuple[Path, str], home: Path) -> tuple[Path, list[Event]]:
    """The folder of a report with examples and statements, and what was told meanwhile."""
    project, run_id = trained
    opened = Project.open(project)
    opened.record_test_look("evaluation of Janina_Doeling.fpt in Koenig")
    opened.state("funding", "Nobody <paid>.")
    picked = tuple(image.id for image in opened.examples("test")[:2])
    request = ReportRequest(project, run_id, home / "out", examples=picked, device="cpu")
    result, events = finished(request)
    assert Path(result["report"]).parent == home / "out"
    return home / "out", events


def _content(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    return content


def test_planted_identifiers_are_nowhere(reported: tuple[Path, list[Event]]) -> None:
    folder, _ = reported
    assert sorted(path.name for path in folder.iterdir()) == [
        "model_card.md",
        "report.html",
        "report.json",
    ]
    for path in folder.iterdir():
        # Pictures are pixels: their letters say nothing.
        text = re.sub(r"[A-Za-z0-9+/=]{200,}", "", path.read_text("utf-8")).casefold()
        for word in PLANTED:
            assert re.search(rf"(?<![\d.]){word}", text) is None, f"{word} in {path.name}"
        assert str(folder.parent) not in text


def test_every_part_is_there_and_the_page_needs_nothing_beside_itself(
    reported: tuple[Path, list[Event]],
) -> None:
    folder, events = reported
    assert not [event for event in events if isinstance(event, Warned)]
    assert not [event for event in events if isinstance(event, Answered)]
    content = _content(folder)
    assert [name for name, part in content["parts"].items() if "failed" in part] == []
    page = (folder / "report.html").read_text("utf-8")
    assert len(page.encode()) < MOST_BYTES
    assert "could not be" not in page
    found = _Links()
    found.feed(page)
    assert found.sources, "the examples"
    assert all(source.startswith("data:image/jpeg;base64,") for source in found.sources)
    assert found.links <= {f"#{name}" for name in found.ids}
    assert len(found.ids) == len(set(found.ids)), "figures share no names"
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", page)


class _Links(HTMLParser):
    """What a page points at."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if named.get("id"):
            self.ids.append(str(named["id"]))
        if tag == "a":
            self.links.add(str(named["href"]))
        if "src" in named:
            self.sources.append(str(named["src"]))
        assert tag not in ("script", "link", "iframe")


def test_the_flow_adds_up(trained: tuple[Path, str], reported: tuple[Path, list[Event]]) -> None:
    flow = _content(reported[0])["parts"]["flow"]
    assert flow["left_out"]["files"] == len(Project.open(trained[0]).skipped()) == 2
    assert sum(row["files"] for row in flow["left_out"]["reasons"]) == 2
    assert flow["imported"] == {"images": 120, "patients": 60}
    assert flow["excluded_by_hand"]["images"] == 1
    assert flow["used"]["images"] == sum(split["images"] for split in flow["splits"].values())
    assert flow["used"]["images"] + flow["copies"]["images"] + 1 == 120
    assert flow["not_answered"] == {"images": 0}
    assert {split["not_in_run"] for split in flow["splits"].values()} == {0}


def test_groups_are_told_where_they_name_nobody(reported: tuple[Path, list[Event]]) -> None:
    parts = _content(reported[0])["parts"]
    told = parts["characteristics"]
    assert set(told["columns"]) == {"age", "sex"}
    assert told["withheld"] == 3
    sexes = {row["group"]: row["total"]["patients"] for row in told["columns"]["sex"]}
    assert sexes == {"F": 30, "M": 30}
    assert set(parts["subgroups"]["columns"]) == {"age", "sex"}


def test_figures_are_those_of_an_evaluation(
    trained: tuple[Path, str], reported: tuple[Path, list[Event]]
) -> None:
    project, run_id = trained
    parts = _content(reported[0])["parts"]
    card = load_card(project / "runs" / run_id / "model.fpt")
    by_image = parts["results"]["by_image"]["macro"]["auc"]
    assert by_image["value"] == card.metrics["test"]["auc"]
    curve = parts["curves"]["classes"]["bright"]["roc"]
    assert curve["band"] is not None
    matrix = parts["mistakes"]["by_image"]
    assert sum(map(sum, matrix)) == parts["results"]["by_image"]["images"] == 40
    assert sum(row["images"] for row in parts["mistakes"]["wrong"]) == matrix[0][1] + matrix[1][0]
    points = parts["decisions"]["points"]
    assert points
    assert all(sum(point["of_1000_people"].values()) == 1000 for point in points)
    assert parts["calibration"]["method"]["source"] == "validation images"


def test_looks_before_the_report_are_counted_without_names(
    trained: tuple[Path, str], reported: tuple[Path, list[Event]]
) -> None:
    looks = _content(reported[0])["parts"]["test_looks"]
    assert looks["looks"] == 2
    assert looks["kinds"] == {"end of a training": 1, "evaluation": 1}
    assert Project.open(trained[0]).test_looks()[2][1] == f"report of {trained[1]}"


def test_the_model_file_keeps_what_its_author_says(
    trained: tuple[Path, str], reported: tuple[Path, list[Event]]
) -> None:
    project, run_id = trained
    model = project / "runs" / run_id / "model.fpt"
    assert load_card(model).statements == {"funding": "Nobody <paid>."}
    assert load_bundle(model).familiarity is not None, "and what it knows images by stays"
    text = model.read_bytes().decode("latin-1").casefold()
    assert [word for word in PLANTED if word in text and not word.isdigit()] == []


def test_guidelines_are_answered_by_program_and_author(
    reported: tuple[Path, list[Event]],
) -> None:
    content = _content(reported[0])
    claim, tripod = content["guidelines"]["claim"], content["guidelines"]["tripod"]
    assert sum(claim["counts"].values()) == 44
    assert sum(tripod["counts"].values()) == 52
    by_number = {item["number"]: item for item in claim["items"]}
    assert by_number["44"]["kind"] == "author"
    assert by_number["36"]["kind"] == "program", "sex and age were kept"
    assert claim["counts"]["program"] == 23
    page = (reported[0] / "report.html").read_text("utf-8")
    assert "Nobody &lt;paid&gt;." in page
    assert set(content["statements"]) == {"funding"}
    assert set(content["statements"]) <= set(TOPICS)


def test_the_model_card_has_metadata_that_hugging_face_reads(
    reported: tuple[Path, list[Event]],
) -> None:
    from huggingface_hub import ModelCard

    card = ModelCard((reported[0] / "model_card.md").read_text("utf-8"))
    assert card.data.pipeline_tag == "image-classification"
    results = {result.metric_type: result.metric_value for result in card.data.eval_results or []}
    auc = _content(reported[0])["parts"]["results"]["by_patient"]["macro"]["auc"]["value"]
    assert results["roc_auc"] == pytest.approx(auc, abs=1e-4)
    for heading in ("Uses and directions", "Warnings", "Trust ingredients", "Key metrics"):
        assert f"## {heading}" in card.content
    assert "Nobody <paid>." in card.content
    assert "Research use only" in card.content


def test_examples_show_what_the_model_read_and_none_come_unasked(
    trained: tuple[Path, str], reported: tuple[Path, list[Event]], tmp_path: Path
) -> None:
    first, second = _content(reported[0])["parts"]["examples"]["pictures"]
    assert first["picture"] != first["heatmap"] != ""
    assert {first["class_name"], second["class_name"]} <= {"bright", "dark"}
    project, run_id = trained
    finished(ReportRequest(project, run_id, tmp_path))
    assert _content(tmp_path)["parts"]["examples"]["pictures"] == []


def test_columns_that_were_asked_for_and_are_not_told_are_named(
    trained: tuple[Path, str], tmp_path: Path
) -> None:
    project, run_id = trained
    _, events = finished(ReportRequest(project, run_id, tmp_path, subgroups=("sex", "contact")))
    [warning] = [event for event in events if isinstance(event, Warned)]
    assert warning.message.startswith("Column 'contact' is not told")
    assert set(_content(tmp_path)["parts"]["subgroups"]["columns"]) == {"sex"}


def test_wrong_examples_and_runs_without_a_model_are_refused(trained: tuple[Path, str]) -> None:
    project, run_id = trained
    with pytest.raises(ConfigError, match="no image of number 999"):
        finished(ReportRequest(project, run_id, examples=(999,)))
    with pytest.raises(ConfigError, match="at most 20 examples"):
        finished(ReportRequest(project, run_id, examples=tuple(range(21))))
    unfinished = Project.open(project).add_run("fpt+", "tiny", {})
    with pytest.raises(ProjectError, match="has no model"):
        finished(ReportRequest(project, unfinished))


# --- what cannot be made ---------------------------------------------------------------


@pytest.fixture
def copied(trained: tuple[Path, str], tmp_path: Path) -> tuple[Path, str]:
    """The same project, free to be changed."""
    project, run_id = trained
    shutil.copytree(project, tmp_path / project.name)
    return tmp_path / project.name, run_id


def test_an_edited_record_costs_the_parts_that_need_it_alone(
    copied: tuple[Path, str], caplog: pytest.LogCaptureFixture
) -> None:
    project, run_id = copied
    record = project / "runs" / run_id / EVENTS
    record.write_text(record.read_text().replace('"step": 1,', '"Janina": 1,'))
    with caplog.at_level(logging.ERROR):
        result, events = finished(ReportRequest(project, run_id))
    [warning] = [event for event in events if isinstance(event, Warned)]
    assert warning.message.startswith("Training is left out of the report: events.jsonl of run")
    content = _content(Path(result["report"]).parent)
    failed = [name for name, part in content["parts"].items() if "failed" in part]
    assert failed == ["training"]
    items = {item["number"]: item for item in content["guidelines"]["claim"]["items"]}
    assert items["25"]["kind"] == "open"
    assert "missing or damaged" in Path(result["report"]).read_text("utf-8")


def test_a_backbone_that_is_not_here_costs_examples_and_lost_answers_alone(
    copied: tuple[Path, str],
) -> None:
    project, run_id = copied
    folder = project / "runs" / run_id
    card = load_card(folder / "model.fpt")
    elsewhere = dataclasses.replace(card.backbone, pretrained=True, name="vit_base_patch16_384")
    state = load_bundle(folder / "model.fpt").state
    bundle = Bundle(dataclasses.replace(card, backbone=elsewhere), state)
    save_bundle(folder / "model.fpt", bundle)
    picked = tuple(image.id for image in Project.open(project).examples("test")[:1])
    _, events = finished(ReportRequest(project, run_id, examples=picked, device="cpu"))
    [warning] = [event for event in events if isinstance(event, Warned)]
    assert warning.message.startswith("The report shows no examples.")
    parts = _content(folder)["parts"]
    assert parts["examples"]["pictures"][0]["note"] == "Not shown: the backbone is not here."
    assert "failed" not in parts["results"]
    (folder / PREDICTIONS).unlink()
    _, events = finished(ReportRequest(project, run_id))
    assert any("The report has no results" in e.message for e in events if isinstance(e, Warned))
    assert "failed" in _content(folder)["parts"]["results"]


def test_a_test_split_of_nobody_is_told(copied: tuple[Path, str]) -> None:
    project, run_id = copied
    opened = Project.open(project)
    opened.exclude([image.id for image in opened.images("test")])
    result, events = finished(ReportRequest(project, run_id))
    content = _content(Path(result["report"]).parent)
    assert any("The report has no results" in e.message for e in events if isinstance(e, Warned))
    failed = {name for name, part in content["parts"].items() if "failed" in part}
    assert failed == {"results", "curves", "mistakes", "calibration", "decisions", "subgroups"}
    limits = content["parts"]["limits"]["limits"]
    assert "No test image could be measured." in limits
    assert any("changed since the model was trained" in limit for limit in limits)


@pytest.mark.parametrize("kept", ["one class", "three patients"])
def test_too_little_is_said_in_its_place(kept: str, copied: tuple[Path, str]) -> None:
    project, run_id = copied
    opened = Project.open(project)
    test = opened.images("test")
    patients = sorted({image.patient or "" for image in test})[:3]
    outside = [
        image.id
        for image in test
        if (image.class_name == "dark" if kept == "one class" else image.patient not in patients)
    ]
    opened.exclude(outside)
    result, events = finished(ReportRequest(project, run_id))
    assert not [event for event in events if isinstance(event, Warned)]
    parts = _content(Path(result["report"]).parent)["parts"]
    assert [name for name, part in parts.items() if "failed" in part] == []
    page = Path(result["report"]).read_text("utf-8")
    assert "could not be drawn" not in page
    if kept == "one class":
        assert "There is no image of class dark." in page
        assert "No curve: there are none of" in page
    else:
        assert "Too few for an interval" in page
        assert "too few for an interval" in " ".join(parts["limits"]["limits"])


def test_a_linear_probe_is_reported_too(trained: tuple[Path, str], tmp_path: Path) -> None:
    project, _ = trained
    run_id = _train(project, "linear-probe")
    picked = tuple(image.id for image in Project.open(project).examples("test")[:1])
    finished(ReportRequest(project, run_id, tmp_path, examples=picked, device="cpu"))
    parts = _content(tmp_path)["parts"]
    assert [name for name, part in parts.items() if "failed" in part] == []
    assert parts["training"]["settings"] == {"features": "both", "seed": 0}
    assert "cross-validation over training patients" in parts["training"]["selection"]
    assert parts["examples"]["pictures"][0]["heatmap"] == ""


@pytest.mark.parametrize("answers", ["no numbers", "all alike", "ties"])
def test_odd_answers_are_told_and_the_rest_still_comes(
    answers: str, copied: tuple[Path, str]
) -> None:
    project, run_id = copied
    file = project / "runs" / run_id / PREDICTIONS
    kept = load_predictions(file)
    test = [answer for answer in kept.answers if answer.split == "test"]
    odd = {
        "no numbers": {answer.image_id: (math.nan, math.nan) for answer in test[:3]},
        "all alike": {answer.image_id: (0.5, 0.5) for answer in test},
        "ties": {
            answer.image_id: (0.1 * (n % 3), 1 - 0.1 * (n % 3)) for n, answer in enumerate(test)
        },
    }[answers]
    changed = [
        dataclasses.replace(answer, probabilities=odd.get(answer.image_id, answer.probabilities))
        for answer in kept.answers
    ]
    save_predictions(file, dataclasses.replace(kept, answers=tuple(changed)))
    result, events = finished(ReportRequest(project, run_id))
    assert not [event for event in events if isinstance(event, Warned)]
    parts = _content(Path(result["report"]).parent)["parts"]
    assert [name for name, part in parts.items() if "failed" in part] == []
    page = Path(result["report"]).read_text("utf-8")
    assert "could not be drawn" not in page
    if answers == "no numbers":
        assert parts["flow"]["not_answered"] == {"images": 3}
        assert "3 images are left out: the model&#39;s answer is no number." in page
    elif answers == "all alike":
        assert parts["results"]["by_image"]["macro"]["auc"]["value"] == 0.5
        assert "every resample of the patients gives the same" in page


def test_an_edited_prediction_file_is_told_and_answered_again(
    copied: tuple[Path, str], home: Path
) -> None:
    project, run_id = copied
    old, new = project.parent / "Koenig MRN-4711", home / "Koenig MRN-4711"
    Project.open(project).relocate(old / "images", new / "images")
    file = project / "runs" / run_id / PREDICTIONS
    file.write_text(file.read_text().replace('"val"', '"test"'))
    result, events = finished(ReportRequest(project, run_id, device="cpu"))
    warnings = {event.message for event in events if isinstance(event, Warned)}
    assert any("was changed after it was written" in message for message in warnings)
    parts = _content(Path(result["report"]).parent)["parts"]
    assert parts["results"]["by_image"]["images"] == 40


def test_images_that_the_run_never_saw_are_counted(copied: tuple[Path, str]) -> None:
    project, run_id = copied
    opened = Project.open(project)
    opened.add([_new_image(project.parent)], [], project.parent)
    result, _ = finished(ReportRequest(project, run_id))
    flow = _content(Path(result["report"]).parent)["parts"]["flow"]
    assert {name: split["not_in_run"] for name, split in flow["splits"].items()} == {
        "train": 0,
        "val": 1,
        "test": 0,
    }


def _new_image(folder: Path) -> NewImage:
    return NewImage(
        path=write_image(folder / "later.png", 999),
        image_hash=f"{999:064x}",
        class_name="dark",
        split="val",
        patient=None,
        width=48,
        height=48,
    )

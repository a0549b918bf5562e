"""The library as programs use it; README's example is run as it stands there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest

import fpt_core
from fpt_core import BackboneChoice, TrainingConfig
from fpt_core.cli import _COMMANDS
from fpt_core.errors import DatasetError, FptError
from fpt_core.events import RunStarted, StepCompleted
from fpt_core.jobs.estimates import Estimate
from tests.pictures import write_image, write_labelled_folders

README = Path(__file__).parents[1] / "README.md"
RANDOM = BackboneChoice("vit_tiny_patch16_224", allow_random=True)
MOST_LINES = 30

pytestmark = pytest.mark.usefixtures("no_weights")


def _example() -> str:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    [block] = [block for block in blocks if "fpt_core.train(" in block]
    return block


def test_the_example_trains_and_predicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example = _example()
    assert len(example.splitlines()) < MOST_LINES
    write_labelled_folders(tmp_path / "images", per_class=8)
    (tmp_path / "images" / "labels.csv").unlink()
    write_image(tmp_path / "new_images" / "a.png", 77)
    write_image(tmp_path / "image.png", 78)
    monkeypatch.chdir(tmp_path)
    exec(compile(ast.parse(example), "README.md", "exec"), {})
    told = capsys.readouterr().out
    assert "epoch 5: validation AUC" in told
    assert "a.png {'bright': " in told
    assert told.splitlines()[-1].startswith(("bright (", "dark ("))


def test_every_verb_is_a_command_and_documented() -> None:
    verbs = set(fpt_core.__all__) - {
        "BackboneChoice", "TrainingConfig", "__version__", "load_model", "result"
    }  # fmt: skip
    commands = {name.replace("import", "import_images") for name in _COMMANDS}
    assert verbs <= commands
    for name in fpt_core.__all__:
        assert getattr(fpt_core, name).__doc__
    assert not hasattr(fpt_core, "magic")


def test_the_verbs_do_what_the_commands_do(tmp_path: Path) -> None:
    source = write_labelled_folders(tmp_path / "images")
    study = tmp_path / "study"
    imported = fpt_core.result(fpt_core.import_images(study, source, source / "labels.csv"))
    assert imported["images"] == 24
    assert fpt_core.result(fpt_core.audit(study))["checked"]
    small = {"image_size": 64, "device": "cpu"}
    prepared = fpt_core.result(fpt_core.prepare(study, "fpt+", RANDOM, **small))
    assert prepared["images"] == 24
    recipe = TrainingConfig(epochs=2, batch_size=4)
    events = fpt_core.train(study, "fpt+", recipe, RANDOM, **small)
    for event in events:
        if isinstance(event, RunStarted):
            stopped = event.run_id
        if isinstance(event, StepCompleted):
            break
    events.close()
    first = fpt_core.result(fpt_core.train(study, resume=stopped))
    second = fpt_core.result(fpt_core.train(study, from_run=stopped))
    assert first["metrics"] == second["metrics"]
    evaluated = fpt_core.result(fpt_core.evaluate(first["model"], study))
    assert evaluated["metrics"]["test"]["images"] > 0
    compared = fpt_core.result(fpt_core.compare(study, first["run"], second["run"]))
    assert compared["comparisons"]


def test_an_estimate_comes_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fpt_core.jobs import measurements

    monkeypatch.setattr(measurements, "measurements_file", lambda: tmp_path / "kept.json")
    monkeypatch.setattr(
        measurements, "apart", _here
    )  # three fresh processes would only take longer
    source = write_labelled_folders(tmp_path / "images", per_class=4)
    fpt_core.result(fpt_core.import_images(tmp_path / "study", source))
    recipe = TrainingConfig(epochs=1, batch_size=2)
    events = fpt_core.estimate(tmp_path / "study", "fpt+", recipe, RANDOM, image_size=64)
    found = Estimate.from_dict(fpt_core.result(events))
    assert [cost.method for cost in (found.chosen, *found.beside)] == ["fpt+", "lora", "full"]
    assert found.chosen.fits


def _here(function: Callable[..., Any], *arguments: Any) -> Generator[None, None, Any]:
    """In this process, as ``apart`` would in another."""
    yield
    return function(*arguments)


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as refused:
        fpt_core.result(fpt_core.import_images(tmp_path / "study", tmp_path / "absent"))
    assert refused.value.remedy
    stopped = fpt_core.import_images(tmp_path / "study", tmp_path / "absent")
    stopped.close()
    with pytest.raises(FptError, match="stopped before its end"):
        fpt_core.result(stopped)


def test_importing_the_library_loads_no_torch() -> None:
    code = "import sys, fpt_core; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

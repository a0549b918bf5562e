"""The benchmark of a dropped image's answer, in its smallest form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fpt_core.benchmark.review import print_review, review
from fpt_core.errors import BundleError
from fpt_core.events import Finished

pytestmark = pytest.mark.usefixtures("no_weights")


def test_every_part_is_told(trained: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    project, model = trained
    *_, last = review(model, project, most=3)
    assert isinstance(last, Finished)
    result = json.loads(json.dumps(dict(last.result)))
    assert result["images"] == 3
    assert all(result[key] > 0 for key in ("decode_s", "forward_s", "answer_s"))
    assert result["answer_s"] > result["decode_s"]
    print_review(result)
    assert "answer less forward pass" in capsys.readouterr().out


def test_a_model_that_is_not_there_is_told(trained: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no model file"):
        list(review(tmp_path / "absent.fpt", trained[0], most=3))

"""The README's example, run as it stands where neither torch nor this program can be imported."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fpt_core.onnx.export import export_onnx
from tests.onnx.models import make_predictor, picture

README = Path(__file__).parents[2] / "README.md"
_WITHOUT = """
import sys
for name in ("torch", "torchvision", "timm", "fpt_core"):
    sys.modules[name] = None
exec(compile(open("example.py", encoding="utf-8").read(), "example.py", "exec"))
"""


def _example() -> str:
    """The first block of code after the sentence that promises it."""
    after = README.read_text(encoding="utf-8").partition("needs neither torch nor this program")[2]
    return after.partition("```python\n")[2].partition("```")[0]


@pytest.mark.timeout(600)
def test_the_example_answers_as_the_program_does(
    make_vit: Callable[..., Any], tmp_path: Path
) -> None:
    predictor = make_predictor(make_vit)
    export_onnx(predictor, tmp_path / "model.onnx")
    Image.fromarray(picture(4)).save(tmp_path / "image.png")
    example = _example()
    assert len(example.splitlines()) <= 25
    (tmp_path / "example.py").write_text(example, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-c", _WITHOUT],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = ast.literal_eval(done.stdout)
    expected = predictor.predict(tmp_path / "image.png")
    assert tuple(answer) == expected.class_names
    assert tuple(answer.values()) == pytest.approx(expected.probabilities, abs=1e-4)

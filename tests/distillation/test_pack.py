from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from distillation.pack import pack
from fpt_core.models.weights import read_state


def test_the_packed_student_is_the_trained_one_to_within_rounding(
    make_vit: Callable[..., Any], tmp_path: Path
) -> None:
    vit = make_vit()
    torch.save({"student": vit.state_dict()}, tmp_path / "run.pt")
    output = tmp_path / "box.safetensors"

    printed = pack(tmp_path / "run.pt", output)

    assert printed == hashlib.sha256(output.read_bytes()).hexdigest()
    state = read_state(output)
    assert state.keys() == vit.state_dict().keys()
    for key, wanted in vit.state_dict().items():
        step = wanted.abs().max() / 127
        torch.testing.assert_close(state[key].float(), wanted, rtol=1e-3, atol=float(step))

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from fpt_core.errors import FptError, ProjectError
from fpt_core.training.checkpoint import Checkpoint, load_checkpoint, save_checkpoint

CHECKPOINT = Checkpoint(
    step=7,
    model={"weight": torch.ones(3)},
    optimizer={"state": {0: {"step": torch.tensor(7.0)}}, "param_groups": [{"lr": 0.1}]},
    best_model=None,
    best_score=(0.5, -0.25),
    best_epoch=2,
    epoch_loss=1.5,
    images_at_once=4,
    rate_factor=0.1,
    history=[{"epoch": 3, "val_auc": None}],
)


def test_comes_back_as_it_was(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "checkpoint.pt", CHECKPOINT)
    found, expected = asdict(load_checkpoint(tmp_path / "checkpoint.pt")), asdict(CHECKPOINT)
    assert torch.equal(found.pop("model")["weight"], expected.pop("model")["weight"])
    assert found == expected
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


@pytest.mark.parametrize("kept", [0, 10, 500, -100])
def test_a_damaged_file_is_told(kept: int, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, CHECKPOINT)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ProjectError, match=r"checkpoint\.pt cannot be read"):
        load_checkpoint(path)


def test_another_file_is_told(tmp_path: Path) -> None:
    torch.save({"step": 1}, tmp_path / "checkpoint.pt")
    with pytest.raises(ProjectError, match="cannot be read"):
        load_checkpoint(tmp_path / "checkpoint.pt")


def test_no_folder_grows_where_a_drive_has_gone_away(tmp_path: Path) -> None:
    with pytest.raises(FptError, match="does not exist"):
        save_checkpoint(tmp_path / "share" / "checkpoint.pt", CHECKPOINT)
    assert list(tmp_path.iterdir()) == []

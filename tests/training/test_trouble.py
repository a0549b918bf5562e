"""Memory that runs out, losses that are no numbers, disks that are full."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from fpt_core.device_trouble import LackOfMemoryError
from fpt_core.errors import DiskFullError, ProjectError
from fpt_core.events import EpochCompleted, Event, StepCompleted, Warned
from fpt_core.training.loop import NotANumberError, Trainer
from tests.training.trainers import STEPS, STEPS_PER_EPOCH, MakeTrainer, same

resource = pytest.importorskip("resource", reason="limits of a process are POSIX's")


def _limit_images(trainer: Trainer, most: int, from_step: int = 0) -> None:
    """Let the model ask for more memory than there is, for more than so many images."""

    def ask(model: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if len(inputs[0]) > most and trainer.step >= from_step:
            torch.empty(2**60, dtype=torch.uint8)

    trainer.model.register_forward_pre_hook(ask)


def _spoil(trainer: Trainer, *steps: int) -> None:
    """Answer no numbers, once each time that training reaches one of ``steps``."""
    left = list(steps)

    def spoil(model: nn.Module, inputs: Any, logits: Tensor) -> Tensor:
        if model.training and left and trainer.step == left[0]:
            left.pop(0)
            return logits * float("nan")
        return logits

    trainer.model.register_forward_hook(spoil)


def _without_dropout(trainer: Trainer) -> Trainer:
    """Dropout is drawn for each part, so it is not the same in other parts."""
    for module in trainer.model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return trainer


def _losses(events: list[Event]) -> list[float]:
    return [event.loss for event in events if isinstance(event, StepCompleted)]


def _warnings(events: list[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Warned)]


# --- memory -------------------------------------------------------------------------


def test_where_memory_runs_out_smaller_parts_learn_the_same(make_trainer: MakeTrainer) -> None:
    whole, short = (_without_dropout(make_trainer(name)) for name in ("whole", "short"))
    _limit_images(short, most=1, from_step=4)
    expected, events = list(whole.run()), list(short.run())
    assert _warnings(events) == [
        f"Memory ran out at step 5. Training goes on with {images} images at once, whose "
        "gradients are added up to the same batch of 4."
        for images in (2, 1)
    ]
    assert _losses(events) == pytest.approx(_losses(expected), abs=1e-4)
    for key, tensor in whole.model.state_dict().items():
        torch.testing.assert_close(short.model.state_dict()[key], tensor, atol=1e-3, rtol=1e-3)
    assert make_trainer("short").images_at_once == 1, "a resumed run does not try again"


def test_memory_that_runs_out_while_validating_is_met_too(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer("a")

    def ask(model: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if not model.training and len(inputs[0]) > 3:
            torch.empty(2**60, dtype=torch.uint8)

    trainer.model.register_forward_pre_hook(ask)
    events = list(trainer.run())
    assert len(_warnings(events)) == 1
    assert [e.epoch for e in events if isinstance(e, EpochCompleted)] == [1, 2, 3]
    assert len(_losses(events)) == STEPS


def test_where_not_even_one_image_fits_the_run_ends_with_its_checkpoint(
    make_trainer: MakeTrainer,
) -> None:
    trainer = make_trainer("a")
    _limit_images(trainer, most=0, from_step=2)
    with pytest.raises(LackOfMemoryError, match="not even for one image at a time"):
        list(trainer.run())
    assert make_trainer("a").step == 2


# --- losses -------------------------------------------------------------------------


def test_a_loss_that_is_no_number_returns_to_the_last_epoch_at_a_lower_rate(
    make_trainer: MakeTrainer,
) -> None:
    plain, trainer = make_trainer("plain"), make_trainer("a")
    _spoil(trainer, 4)
    expected = [e for e in plain.run() if isinstance(e, StepCompleted)]
    events = list(trainer.run())
    [message] = _warnings(events)
    assert message.startswith(
        "The loss stopped being a number at step 5. Training went back to the end of epoch 1 "
        "and goes on at a tenth of the learning rate"
    )
    steps = [e for e in events if isinstance(e, StepCompleted)]
    assert [e.step for e in steps] == [1, 2, 3, 4, 4, 5, 6, 7, 8, 9]
    assert [e.learning_rate for e in steps[4:]] == pytest.approx(
        [0.1 * e.learning_rate for e in expected[3:]]
    )
    assert [e.epoch for e in trainer.history] == [1, 2, 3]


def test_a_loss_that_is_no_number_in_the_first_epoch_returns_to_the_start(
    make_trainer: MakeTrainer,
) -> None:
    trainer = make_trainer("a")
    _spoil(trainer, 1)
    events = list(trainer.run())
    assert "Training went back to the start" in _warnings(events)[0]
    assert len(_losses(events)) == 1 + STEPS


def test_the_second_time_the_run_stops_with_the_best_epoch(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer("a")
    _spoil(trainer, 4, 7)
    events: list[Event] = []
    with pytest.raises(NotANumberError, match="at step 8 again, though the learning rate had been"):
        events.extend(iter(trainer.run()))
    again = make_trainer("a")
    assert again.best_model is not None
    assert again.step == 7
    assert all(parameter.isfinite().all() for parameter in again.model.parameters())


@pytest.mark.parametrize("stop", [5, 6, 8])
def test_a_lowered_run_resumes_bit_for_bit(stop: int, make_trainer: MakeTrainer) -> None:
    whole, first = make_trainer("whole"), make_trainer("parts")
    for trainer in (whole, first):
        _spoil(trainer, 4)
    list(whole.run())
    run = first.run()
    lowered = False
    for event in run:
        lowered = lowered or isinstance(event, Warned)
        if lowered and isinstance(event, StepCompleted) and event.step == stop:
            break
    run.close()
    last = make_trainer("parts")
    list(last.run())
    assert same(last.model.state_dict(), whole.model.state_dict())


def test_weights_that_are_no_numbers_are_never_kept(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer("a")
    run = trainer.run()
    while not isinstance(next(run), EpochCompleted):
        pass
    next(run)
    with torch.no_grad():
        next(iter(trainer.model.parameters())).fill_(float("inf"))
    run.close()
    again = make_trainer("a")
    assert again.step == STEPS_PER_EPOCH
    assert all(parameter.isfinite().all() for parameter in again.model.parameters())


# --- disks and files --------------------------------------------------------------


@contextlib.contextmanager
def _no_file_larger_than(limit_bytes: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_in_the_middle_of_a_checkpoint_loses_nothing(
    make_trainer: MakeTrainer, tmp_path: Path
) -> None:
    whole, first = make_trainer("whole"), make_trainer("parts")
    list(whole.run())
    run = first.run()
    while not isinstance(next(run), EpochCompleted):
        pass
    before = set(tmp_path.iterdir())
    size = (tmp_path / "parts.pt").stat().st_size
    with _no_file_larger_than(size // 2), pytest.raises(DiskFullError, match=r"parts.*\.pt"):
        list(run)
    assert set(tmp_path.iterdir()) == before, "no half file is left"
    last = make_trainer("parts")
    assert last.step == STEPS_PER_EPOCH
    list(last.run())
    assert same(last.model.state_dict(), whole.model.state_dict())


def test_a_checkpoint_of_other_settings_is_told(make_trainer: MakeTrainer, tmp_path: Path) -> None:
    list(make_trainer("a").run())
    kept = torch.load(tmp_path / "a.pt", weights_only=True)
    kept["model"].popitem()
    torch.save(kept, tmp_path / "a.pt")
    with pytest.raises(ProjectError, match="is of a run with other settings"):
        make_trainer("a")

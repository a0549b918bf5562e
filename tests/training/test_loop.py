from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence

import numpy as np
import pytest

from fpt_core.events import EpochCompleted, StepCompleted
from fpt_core.training.data import Example, Part, Rows
from fpt_core.training.loop import TrainingData
from tests.training.trainers import STEPS, STEPS_PER_EPOCH, TRAINING, MakeTrainer
from tests.training.trainers import same as _same


def test_tells_every_step_and_epoch(make_trainer: MakeTrainer) -> None:
    events = list(make_trainer("a").run())
    steps = [event for event in events if isinstance(event, StepCompleted)]
    epochs = [event for event in events if isinstance(event, EpochCompleted)]
    assert [event.step for event in steps] == list(range(1, STEPS + 1))
    assert [event.epoch for event in steps] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert {event.total_steps for event in steps} == {STEPS}
    assert [event.epoch for event in epochs] == [1, 2, 3]
    losses = [event.loss for event in steps[:STEPS_PER_EPOCH]]
    assert epochs[0].train_loss == pytest.approx(np.mean(losses))
    assert events[-1] is epochs[-1]
    assert epochs[0].learning_rate == steps[2].learning_rate
    assert epochs[0].memory_bytes == max(event.memory_bytes for event in steps[:STEPS_PER_EPOCH])
    assert epochs[0].images_per_s > 0


def test_learns_what_the_side_image_shows(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer("a", dataclasses.replace(TRAINING, epochs=15, learning_rate=5e-3))
    epochs = [event for event in trainer.run() if isinstance(event, EpochCompleted)]
    assert epochs[-1].train_loss < epochs[0].train_loss
    assert max(event.val_auc or 0 for event in epochs) == 1.0


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(
    make_trainer: MakeTrainer,
) -> None:
    first, second = make_trainer("a"), make_trainer("b")
    other = make_trainer("c", dataclasses.replace(TRAINING, seed=1))
    for trainer in (first, second, other):
        list(trainer.run())
    assert _same(first.model.state_dict(), second.model.state_dict())
    assert not _same(first.model.state_dict(), other.model.state_dict())


# 3 and 6 are the last steps of an epoch: its validation is still to come then.
@pytest.mark.parametrize("stops", [[1], [3], [4], [6], [9], [2, 3, 5, 6, 8]])
def test_resumes_bit_for_bit(stops: list[int], make_trainer: MakeTrainer) -> None:
    whole = make_trainer("whole")
    expected = [_comparable(event) for event in whole.run()]
    seen = []
    for stop in stops:
        run = make_trainer("parts").run()
        for event in run:
            seen.append(_comparable(event))
            if isinstance(event, StepCompleted) and event.step == stop:
                break
        run.close()
    last = make_trainer("parts")
    assert last.step == stops[-1]
    seen += [_comparable(event) for event in last.run()]
    assert seen == expected
    assert _same(last.model.state_dict(), whole.model.state_dict())
    assert last.best_epoch == whole.best_epoch
    assert last.best_model is not None
    assert whole.best_model is not None
    assert _same(last.best_model, whole.best_model)


def _comparable(event: object) -> tuple[object, ...]:
    if isinstance(event, StepCompleted):
        return (event.step, event.epoch, event.loss, event.learning_rate)
    assert isinstance(event, EpochCompleted)
    return (event.epoch, event.train_loss, event.val_loss, event.val_auc, event.is_best)


@pytest.mark.parametrize("epoch", [1, 3])
def test_resumes_after_being_closed_between_epochs(epoch: int, make_trainer: MakeTrainer) -> None:
    whole = make_trainer("whole")
    list(whole.run())
    run = make_trainer("parts").run()
    for event in run:
        if isinstance(event, EpochCompleted) and event.epoch == epoch:
            break
    run.close()
    last = make_trainer("parts")
    rest = list(last.run())
    assert len([event for event in rest if isinstance(event, EpochCompleted)]) == 3 - epoch
    assert _same(last.model.state_dict(), whole.model.state_dict())


def test_the_best_epoch_is_kept(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer("a", dataclasses.replace(TRAINING, epochs=6, learning_rate=2e-2))
    states, scores = [], []
    for event in trainer.run():
        if isinstance(event, EpochCompleted):
            states.append({k: v.clone() for k, v in trainer.model.state_dict().items()})
            scores.append((event.val_auc or 0.0, -event.val_loss))
            assert event.is_best == (scores[-1] == max(scores))
    best = scores.index(max(scores))
    assert trainer.best_epoch == best + 1
    trainer.use_best()
    assert _same(trainer.model.state_dict(), states[best])


def test_without_validation_images_the_last_epoch_is_kept(
    data: TrainingData, make_trainer: MakeTrainer
) -> None:
    trainer = make_trainer("a")
    trainer._data = TrainingData(data.reader, data.train, [])
    epochs = [event for event in trainer.run() if isinstance(event, EpochCompleted)]
    assert [event.val_auc for event in epochs] == [None, None, None]
    assert trainer.best_epoch == 3
    assert trainer.best_model is not None
    assert _same(trainer.best_model, trainer.model.state_dict())


def test_an_early_best_epoch_survives_stopping(
    data: TrainingData, make_trainer: MakeTrainer
) -> None:
    # Whoever learns the training images gets these ones ever more wrong.
    wrong = [Example(example.image_hash, 1 - example.target) for example in data.val]
    training = dataclasses.replace(TRAINING, epochs=6, learning_rate=5e-3)
    trainer = make_trainer("a", training)
    trainer._data = TrainingData(data.reader, data.train, wrong)
    list(trainer.run())
    assert trainer.best_epoch < 6
    again = make_trainer("a", training)
    assert (again.best_epoch, again.best_score) == (trainer.best_epoch, trainer.best_score)


@pytest.mark.parametrize("images_at_once", [1, 3])
def test_a_batch_in_parts_learns_the_same(images_at_once: int, make_trainer: MakeTrainer) -> None:
    whole, parts = make_trainer("whole"), make_trainer("parts")
    assert whole.images_at_once == TRAINING.batch_size
    parts.images_at_once = images_at_once
    for trainer in (whole, parts):
        trainer.model.fusion.dropout.p = 0.0  # drawn for each part, so it is not the same
    losses = [
        [event.loss for event in trainer.run() if isinstance(event, StepCompleted)]
        for trainer in (whole, parts)
    ]
    assert losses[1] == pytest.approx(losses[0], abs=1e-4)


def test_every_epoch_has_its_own_order(
    data: TrainingData, make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, orders = data.reader.stream, []

    def noted(parts: Sequence[Part]) -> Generator[tuple[Part, Rows], None, None]:
        orders.extend([example.image_hash for example in part] for part in parts)
        return stream(parts)

    monkeypatch.setattr(data.reader, "stream", noted)
    trainer = make_trainer("a")
    trainer._data = TrainingData(data.reader, data.train, ())
    list(trainer.run())
    orders = [order for order in orders if order]
    epochs = [[key for order in orders[start : start + 3] for key in order] for start in (0, 3, 6)]
    assert epochs[0] != epochs[1] != epochs[2]
    assert sorted(epochs[0]) == sorted(epochs[1]) == sorted(epochs[2])

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from fpt_core.config import FptConfig, PixelRecipe, TrainingConfig, preset
from fpt_core.errors import ConfigError, TrainingError
from fpt_core.events import EpochCompleted, StepCompleted
from fpt_core.features.extract import resize, store_spec
from fpt_core.features.store import FeatureStore, StoreWriter
from fpt_core.models.backbone import FrozenBackbone
from fpt_core.models.fpt import FptModel
from fpt_core.training import data as data_module
from fpt_core.training.data import Example, Part, Rows, StoreReader
from fpt_core.training.loop import Trainer, TrainingData

TRAINING = TrainingConfig(epochs=3, batch_size=4, learning_rate=1e-3)
STEPS_PER_EPOCH, STEPS = 3, 9

MakeTrainer = Callable[..., Trainer]


def _config() -> FptConfig:
    return dataclasses.replace(
        preset("fpt+"), image_size=32, side_image_size=16, side_reduction=2, num_prompts=3
    )


@pytest.fixture
def data(backbone: FrozenBackbone, tmp_path: Path) -> Iterator[TrainingData]:
    """Twelve images to train on and six to validate, whose brightness tells the class."""
    config = _config()
    spec = store_spec(backbone, config, PixelRecipe(), "float32")
    rng = np.random.default_rng(0)
    examples = [Example(f"{number:064x}", number % 2) for number in range(18)]
    with StoreWriter(tmp_path, spec) as writer:
        for example in examples:
            side = rng.integers(0, 100, (18, 18, 3), np.uint8) + np.uint8(120 * example.target)
            tokens = backbone.important_tokens(
                torch.from_numpy(rng.normal(size=(1, 3, 32, 32))).float(), (2, 3), 0.2, "global"
            )
            parts = (tokens.keys[:, 0], tokens.values[:, 0], tokens.indices[:, 0])
            writer.append(example.image_hash, *parts, side)
    with FeatureStore(tmp_path, spec) as store:
        reader = StoreReader(store, config.side_image_size, torch.device("cpu"))
        yield TrainingData(reader, examples[:12], examples[12:])


@pytest.fixture
def make_trainer(data: TrainingData, backbone: FrozenBackbone, tmp_path: Path) -> MakeTrainer:
    def make(name: str, training: TrainingConfig = TRAINING) -> Trainer:
        torch.manual_seed(11)
        model = FptModel.for_backbone(_config(), backbone, 2)
        torch.manual_seed(sum(name.encode()))  # what happened before must not matter
        return Trainer(model, data, training, tmp_path / f"{name}.pt")

    return make


def _same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(
        torch.equal(tensor, second[key]) for key, tensor in first.items()
    )


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


def test_a_loss_that_is_no_number_ends_the_run(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer("a")
    run = trainer.run()
    next(run)
    next(run)
    with torch.no_grad():
        next(iter(trainer.model.side.head.parameters())).fill_(float("nan"))
    with pytest.raises(TrainingError, match="stopped being a number at step 3"):
        list(run)


def test_weights_that_are_no_numbers_are_never_saved(make_trainer: MakeTrainer) -> None:
    trainer = make_trainer("a")
    run = trainer.run()
    while not isinstance(next(run), EpochCompleted):
        pass
    next(run)
    with torch.no_grad():
        next(iter(trainer.model.side.head.parameters())).fill_(float("inf"))
    with pytest.raises(TrainingError):
        list(run)
    again = make_trainer("a")
    assert again.step == STEPS_PER_EPOCH
    assert all(parameter.isfinite().all() for parameter in again.model.parameters())


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
def test_a_batch_in_parts_learns_the_same(
    images_at_once: int, make_trainer: MakeTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Augmentation and dropout are drawn for each part, so they would not be the same.
    monkeypatch.setattr(data_module, "augment", lambda images, size, _: resize(images, size))
    whole, parts = make_trainer("whole"), make_trainer("parts")
    assert whole.images_at_once == TRAINING.batch_size
    parts.images_at_once = images_at_once
    for trainer in (whole, parts):
        trainer.model.fusion.dropout.p = 0.0
    losses = [
        [event.loss for event in trainer.run() if isinstance(event, StepCompleted)]
        for trainer in (whole, parts)
    ]
    assert losses[1] == pytest.approx(losses[0], abs=1e-4)


def test_a_limit_that_cannot_be_kept_is_refused_with_one_that_can(
    data: TrainingData, make_trainer: MakeTrainer, tmp_path: Path
) -> None:
    model = make_trainer("a").model
    with pytest.raises(ConfigError, match=r"must be at least (\d+) MB here, not 10 MB") as refused:
        Trainer(model, data, TRAINING, tmp_path / "b.pt", 10**7)
    least = int(re.findall(r"\d+", refused.value.message)[0])
    roomy = (least + 200) * 10**6
    assert Trainer(model, data, TRAINING, tmp_path / "b.pt", roomy).images_at_once == 4


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

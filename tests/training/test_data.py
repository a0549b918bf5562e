from __future__ import annotations

import dataclasses

from fpt_core.config import TrainingConfig
from fpt_core.training.data import Example, epoch_batches, in_batches

RECIPE = TrainingConfig(batch_size=4)
EXAMPLES = [Example(f"{number:064x}", number % 2) for number in range(11)]


def test_an_epoch_shows_every_image_once_but_a_last_partial_batch() -> None:
    batches = epoch_batches(EXAMPLES, RECIPE, epoch=0)
    shown = [example for batch in batches for example in batch]
    assert [len(batch) for batch in batches] == [4, 4]
    assert len(set(shown)) == 8


def test_order_depends_on_seed_and_epoch_alone() -> None:
    first = epoch_batches(EXAMPLES, RECIPE, epoch=0)
    assert epoch_batches(EXAMPLES, RECIPE, epoch=0) == first
    assert epoch_batches(EXAMPLES, RECIPE, epoch=1) != first
    other = dataclasses.replace(RECIPE, seed=1)
    assert epoch_batches(EXAMPLES, other, epoch=0) != first


def test_reading_in_batches_keeps_order_and_remainder() -> None:
    batches = list(in_batches(EXAMPLES, 4))
    assert [len(batch) for batch in batches] == [4, 4, 3]
    assert [example for batch in batches for example in batch] == EXAMPLES


def test_balanced_sampling_shows_rare_classes_as_often_as_common_ones() -> None:
    examples = [Example(f"{number:064x}", int(number % 20 == 0)) for number in range(2000)]
    balanced = TrainingConfig(batch_size=16, imbalance="balanced-sampling")
    batches = epoch_batches(examples, balanced, epoch=0)
    shown = [example.target for batch in batches for example in batch]
    assert len(shown) == 2000
    assert 0.46 < sum(shown) / len(shown) < 0.54
    assert epoch_batches(examples, balanced, epoch=0) == batches
    assert epoch_batches(examples, balanced, epoch=1) != batches

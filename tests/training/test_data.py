from __future__ import annotations

from fpt_core.training.data import Example, epoch_batches, in_batches

EXAMPLES = [Example(f"{number:064x}", number % 2) for number in range(11)]


def test_an_epoch_shows_every_image_once_but_a_last_partial_batch() -> None:
    batches = epoch_batches(EXAMPLES, 4, seed=0, epoch=0)
    shown = [example for batch in batches for example in batch]
    assert [len(batch) for batch in batches] == [4, 4]
    assert len(set(shown)) == 8


def test_order_depends_on_seed_and_epoch_alone() -> None:
    first = epoch_batches(EXAMPLES, 4, seed=0, epoch=0)
    assert epoch_batches(EXAMPLES, 4, seed=0, epoch=0) == first
    assert epoch_batches(EXAMPLES, 4, seed=0, epoch=1) != first
    assert epoch_batches(EXAMPLES, 4, seed=1, epoch=0) != first


def test_reading_in_batches_keeps_order_and_remainder() -> None:
    batches = list(in_batches(EXAMPLES, 4))
    assert [len(batch) for batch in batches] == [4, 4, 3]
    assert [example for batch in batches for example in batch] == EXAMPLES

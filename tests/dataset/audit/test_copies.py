"""Exact copies: harmless, conflicting, leaking."""

from __future__ import annotations

from fpt_core.dataset.audit.copies import find_copies
from tests.dataset.audit.samples import changed, data_set, kinds

IMAGES, FACTS = data_set()
TRAIN = IMAGES[0]
OTHER_TRAIN = next(i for i in IMAGES if i.split == "train" and i.patient != TRAIN.patient)
TEST = next(i for i in IMAGES if i.split == "test" and i.class_name == TRAIN.class_name)


def _copies_of_train(other: int, **more: str):  # type: ignore[no-untyped-def]
    return changed(IMAGES, {other: {"image_hash": TRAIN.image_hash, **more}})


def test_no_copies_no_findings() -> None:
    assert find_copies(IMAGES, FACTS) == []


def test_copies_of_one_label_and_split_can_be_left_out() -> None:
    (finding,) = find_copies(_copies_of_train(2), FACTS)
    assert (finding.kind, finding.severity) == ("copies", "note")
    assert finding.groups == ((1, 2),)
    assert finding.remedies[0].image_ids == (2,)


def test_conflicting_labels_are_serious() -> None:
    (finding,) = find_copies(_copies_of_train(2, class_name="ill"), FACTS)
    assert (finding.kind, finding.severity) == ("copies-conflicting-labels", "serious")
    assert finding.remedies[0].image_ids == (1, 2)


def test_copies_across_splits_are_moved_or_left_out_of_training() -> None:
    (finding,) = find_copies(_copies_of_train(TEST.id), FACTS)
    assert (finding.kind, finding.severity) == ("copies-across-splits", "serious")
    move, exclude = finding.remedies
    assert (move.action, move.image_ids, move.value) == ("move", (TEST.id,), "train")
    assert (exclude.action, exclude.image_ids) == ("exclude", (TRAIN.id,))


def test_a_copy_may_conflict_and_leak() -> None:
    found = find_copies(_copies_of_train(TEST.id, class_name="ill"), FACTS)
    assert kinds(found) == ["copies-conflicting-labels", "copies-across-splits"]

"""Remedies of leaks."""

from __future__ import annotations

from fpt_core.dataset.audit.leaks import leak_remedies
from tests.dataset.audit.samples import changed, data_set

IMAGES, _ = data_set(8)


def test_groups_that_share_a_patient_go_to_one_split() -> None:
    images = changed(
        IMAGES,
        {
            1: {"split": "test"},
            3: {"split": "val"},
            2: {"split": "test"},
            5: {"split": "train"},
        },
    )
    one, two, three, _, five, *_ = images
    remedies = leak_remedies([(one, three), (two, five)])  # one and two are of one patient
    assert [(r.action, r.image_ids, r.value) for r in remedies] == [
        ("move", (3, 5), "test"),
        ("exclude", (3, 5), ""),
    ]


def test_twins_that_go_to_different_splits_are_different_clicks() -> None:
    images = changed(
        IMAGES,
        {
            1: {"split": "train"},
            3: {"split": "train"},
            5: {"split": "test"},
            7: {"split": "val"},
            8: {"split": "test"},
        },
    )
    one, _, three, _, five, _, seven, eight = images
    moves = [r for r in leak_remedies([(one, three, five), (seven, eight)]) if r.action == "move"]
    assert [(r.image_ids, r.value) for r in moves] == [((5,), "train"), ((8,), "val")]

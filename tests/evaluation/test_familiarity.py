"""Images far from the training images are told; those like them are not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fpt_core.evaluation.familiarity import Familiarity, references

_PATIENTS = [f"p{number // 2}" for number in range(120)]
_IMAGES = [f"{number:03d}" for number in range(120)]


def _rows(seed: int, number: int, shift: float = 0.0) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    # Dimensions of very different size, as a backbone's are.
    return (rng.normal(size=(number, 16)) + shift) * np.geomspace(0.01, 10, 16)


def _known() -> Familiarity:
    found = Familiarity.of(_rows(0, 120), _IMAGES, _PATIENTS)
    assert found is not None
    return found


def test_images_of_the_same_kind_are_familiar_and_others_are_not() -> None:
    known = _known()
    same = [known.compare(row).is_familiar for row in _rows(1, 300)]
    assert 0.9 < np.mean(same) <= 1
    assert not any(known.compare(row).is_familiar for row in _rows(2, 300, shift=3.0))


def test_the_nearest_training_images_are_named() -> None:
    known = _known()
    likeness = known.compare(known.references[17].astype(np.float32))
    assert likeness.nearest[0] == "017"
    assert len(likeness.nearest) == 3


def test_a_patients_own_images_do_not_vouch_for_each_other() -> None:
    twins = np.repeat(_rows(0, 60), 2, axis=0)
    apart = Familiarity.of(twins, _IMAGES, _PATIENTS)
    together = Familiarity.of(twins, _IMAGES, _IMAGES)
    assert apart is not None
    assert together is not None
    assert apart.limit > together.limit


def test_too_few_patients_tell_nothing() -> None:
    assert Familiarity.of(_rows(0, 18), _IMAGES[:18], _PATIENTS[:18]) is None


def test_images_that_are_all_alike_make_any_other_unfamiliar() -> None:
    known = Familiarity.of(np.ones((20, 4)), _IMAGES[:20], _IMAGES[:20])
    assert known is not None
    assert known.compare(np.ones(4)).is_familiar
    assert not known.compare(np.array([1, 1, 1, 2.0])).is_familiar


@pytest.mark.parametrize(("number", "kept"), [(3, 3), (2000, 500)])
def test_references_are_drawn_by_content(number: int, kept: int) -> None:
    hashes = [f"{value:08x}" for value in np.random.default_rng(0).permutation(number)]
    drawn = references(hashes)
    assert len(drawn) == kept
    again = references(hashes[::-1])
    assert {hashes[place] for place in drawn} == {hashes[::-1][place] for place in again}

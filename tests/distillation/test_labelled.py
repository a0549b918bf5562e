from __future__ import annotations

import numpy as np

from distillation.labelled import LabelledImages, splits


def test_no_patient_is_on_two_sides(images: LabelledImages) -> None:
    found = list(splits(images, folds=3, repeats=2))
    assert len(found) == 6
    patients = np.array(images.patients)
    for split in found:
        parts = [set(patients[rows]) for rows in (split.train, split.val, split.test)]
        assert sum(map(len, parts)) == len(set.union(*parts)) == 30
    first, second = (np.sort(np.concatenate([s.test for s in found[i : i + 3]])) for i in (0, 3))
    assert first.tolist() == second.tolist() == list(range(60))

from __future__ import annotations

import dataclasses

import numpy as np

from fpt_core.evaluation.people import people


def test_people_add_up() -> None:
    rng = np.random.default_rng(0)
    for sensitivity, specificity, prevalence in rng.random((200, 3)):
        parts = dataclasses.astuple(people(sensitivity, specificity, prevalence))
        assert sum(parts) == 1000
        assert min(parts) >= 0
    assert dataclasses.astuple(people(0.9, 0.8, 0.1)) == (90, 10, 180, 720)

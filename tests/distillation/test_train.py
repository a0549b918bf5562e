from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch

from distillation.pool import ImagePool
from distillation.settings import DistillationConfig
from distillation.train import Distillation, student_of


@pytest.fixture
def begin(
    make_vit: Callable[..., Any], pool: ImagePool, config: DistillationConfig, tmp_path: Path
) -> Callable[..., Distillation]:
    """A run in a file of its own, or the one that is there."""

    def make(name: str, **changes: Any) -> Distillation:
        teacher = make_vit(dynamic_img_size=True)
        return Distillation(
            teacher, pool, dataclasses.replace(config, **changes), tmp_path / f"{name}.pt"
        )

    return make


def test_the_student_begins_as_blocks_of_the_teacher(make_vit: Callable[..., Any]) -> None:
    teacher = make_vit()
    student = student_of(teacher, 2)
    expected = {
        **{key: value for key, value in teacher.state_dict().items() if "blocks" not in key},
        **{f"blocks.0.{key}": value for key, value in teacher.blocks[0].state_dict().items()},
        **{f"blocks.1.{key}": value for key, value in teacher.blocks[3].state_dict().items()},
    }
    assert student.state_dict().keys() == expected.keys()
    assert all(torch.equal(value, expected[key]) for key, value in student.state_dict().items())


def test_training_brings_the_student_closer(begin: Callable[..., Distillation]) -> None:
    measured = list(begin("run", steps=30, learning_rate=3e-3).run())
    early, late = (sum(step["tokens"] for step in part) for part in (measured[:10], measured[-10:]))
    assert late < early


def test_a_run_is_seeded(begin: Callable[..., Distillation]) -> None:
    first, second = begin("first"), begin("second")
    for run in (first, second):
        list(run.run())
    other = begin("other", seed=1)
    list(other.run())

    assert _equal(first, second)
    assert not _equal(first, other)


def test_an_interrupted_run_goes_on_to_the_same_end(begin: Callable[..., Distillation]) -> None:
    whole, cut = begin("whole"), begin("cut")
    list(whole.run())
    list(islice(cut.run(), 2))
    cut.save()

    resumed = begin("cut")
    assert resumed.step == 2
    list(resumed.run())

    assert _equal(whole, resumed)


def _equal(first: Distillation, second: Distillation) -> bool:
    own, other = first.student.state_dict(), second.student.state_dict()
    return all(torch.equal(own[key], other[key]) for key in own)

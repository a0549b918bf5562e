from __future__ import annotations

import numpy as np

from fpt_core.evaluation.bootstrap import BootstrapConfig
from fpt_core.evaluation.figures import macro_auc
from fpt_core.evaluation.subgroups import banded, subgroups
from tests.evaluation.samples import draw

FAST = BootstrapConfig(resamples=500)


def test_a_clearly_worse_group_is_warned_of() -> None:
    good, bad = draw(rows=200, patients=200, skill=3), draw(rows=200, patients=200, skill=0)
    sites = np.where(np.arange(200) % 4 == 0, "B", "A")
    mixed = np.where((sites == "B")[:, None], bad.probabilities, good.probabilities)
    sample = good.with_probabilities(mixed)
    first, second = subgroups(sample, sites.tolist(), FAST)
    assert (first.value, second.value) == ("A", "B")
    assert first.warning == ""
    assert second.warning.startswith("Clearly worse than the others: the AUC is 0.")
    assert second.auc.value == macro_auc(sample.only(sites == "B"), np.ones((1, 50)))[0]
    assert second.images + first.images == 200


def test_groups_alike_are_not_warned_of() -> None:
    sample = draw(rows=200, patients=200)
    values = np.where(np.arange(200) % 2 == 0, "f", "m").tolist()
    assert [group.warning for group in subgroups(sample, values, FAST)] == ["", ""]


def test_a_small_group_is_told() -> None:
    sample = draw(rows=100, patients=100)
    small, large = subgroups(sample, ["x"] * 6 + [""] * 94, FAST)[::-1]
    assert (small.value, large.value) == ("x", "unknown")
    assert small.warning.startswith("Too small to judge: 10 patients of every class")
    assert small.difference.interval is None
    assert small.p_value is None


def test_a_group_of_one_class_or_of_all_still_comes() -> None:
    sample = draw(rows=60, patients=60)
    of_class = ["yes" if target else "no" for target in sample.targets]
    no, yes = subgroups(sample, of_class, FAST)
    assert no.auc.value is None
    assert yes.accuracy.value is not None
    [everyone] = subgroups(sample, ["same"] * 60, FAST)
    assert everyone.auc.value is not None
    assert everyone.difference.value is None


def test_many_numbers_become_bands() -> None:
    ages = [str(age) for age in range(20, 100)]
    bands = banded([*ages, ""])
    assert sorted(set(bands)) == ["", "20 to 39", "40 to 59", "60 to 79", "80 to 99"]
    assert bands[0] == "20 to 39"
    assert bands[-1] == ""


def test_few_numbers_and_words_stay() -> None:
    assert banded(["1", "2", "1"]) == ["1", "2", "1"]
    words = [f"site {number}" for number in range(30)]
    assert banded(words) == words

"""Labels: what is a class, and what is no class."""

from __future__ import annotations

import pytest

from fpt_core.dataset.importers.labels import class_names, similar_names
from fpt_core.errors import DatasetError

_WHERE = "Column 'x' of labels.csv"


def test_whole_numbers_lose_what_follows_the_point() -> None:
    labels = ["1.0", "1", "0,0", "0", "+2"]
    assert class_names(labels, _WHERE) == {"1.0": "1", "1": "1", "0,0": "0", "0": "0", "+2": "2"}


def test_long_numbers_and_leading_zeros_stay_as_they_are() -> None:
    labels = ["12345678901234567890", "12345678901234567891", "01", "-1", "-1.00"]
    named = class_names(labels, _WHERE)
    assert [*named.values()] == [*labels[:4], "-1"]


def test_words_and_mixtures_stay() -> None:
    labels = ["1.0", "two", "DR", "dr", "1 - No DR", "1,000"]
    assert class_names(labels, _WHERE) == {label: label for label in labels}


@pytest.mark.parametrize("form", ["{:.3f}", "{:.1f}"])
def test_measurements_are_refused_by_name(form: str) -> None:
    labels = [form.format(0.37 * number) for number in range(40)]
    with pytest.raises(
        DatasetError, match=r"'x' of labels\.csv holds numbers with fractions"
    ) as told:
        class_names(labels, _WHERE)
    assert "Choose the column that says the class" in told.value.remedy
    with pytest.raises(DatasetError, match="fractions"):
        class_names([label.replace(".", ",") for label in labels], _WHERE)


def test_grades_in_halves_of_many_images_are_classes() -> None:
    labels = ["0", "0.5", "1"] * 20
    assert {*class_names(labels, _WHERE).values()} == {"0", "0.5", "1"}


@pytest.mark.parametrize(
    "labels",
    [
        [str(number) for number in range(10_000)],
        [f"patient {number}" for number in range(30)],
        [str(number % 300) for number in range(6000)],
    ],
)
def test_too_many_classes_are_refused_with_their_number(labels: list[str]) -> None:
    count = f"{len({*labels}):,} different labels for {len(labels):,} images"
    with pytest.raises(DatasetError, match=count):
        class_names(labels, "Column '{0}' of {}.csv")


def test_few_images_may_have_a_class_each() -> None:
    assert len(class_names(["a", "b", "c"], _WHERE)) == 3


def test_names_that_differ_in_case_or_blanks_are_told() -> None:
    warnings = similar_names(["No DR", "no dr", "NoDR", "DR", "other"])
    assert [warning.message for warning in warnings] == [
        "The classes 'No DR' and 'NoDR' and 'no dr' differ only in case or blanks; they stay "
        "separate classes."
    ]

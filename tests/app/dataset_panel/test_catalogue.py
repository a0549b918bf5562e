from __future__ import annotations

import pytest

from app.dataset_panel.catalogue import Catalogue, ImageFilter, Order, Shown
from tests.app.samples import make_records


@pytest.fixture
def catalogue() -> Catalogue:
    """18 images of 6 patients; the second image is excluded."""
    return Catalogue(make_records(18))


def ids(catalogue: Catalogue, wanted: ImageFilter) -> list[int]:
    return [int(catalogue.ids[row]) - 1000 for row in catalogue.select(wanted)]


def test_excluded_images_are_hidden_at_first(catalogue: Catalogue) -> None:
    assert ids(catalogue, ImageFilter()) == [0, *range(2, 18)]
    assert ids(catalogue, ImageFilter(shown=Shown.EXCLUDED)) == [1]
    assert ids(catalogue, ImageFilter(shown=Shown.ALL)) == list(range(18))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ImageFilter(class_name="ill"), [3, 4, 5, 9, 10, 11, 15, 16, 17]),
        (ImageFilter(class_name="no such class"), []),
        (ImageFilter(split="test"), [6, 7, 8, 15, 16, 17]),
        (ImageFilter(class_name="ill", split="test"), [15, 16, 17]),
        (ImageFilter(patient="0001" * 16), [3, 4, 5]),
        (ImageFilter(text=" SCAN_01 "), list(range(10, 18))),
        (ImageFilter(text="00020002"), [6, 7, 8]),
        (ImageFilter(text="nowhere"), []),
    ],
)
def test_what_passes(catalogue: Catalogue, wanted: ImageFilter, expected: list[int]) -> None:
    assert ids(catalogue, wanted) == expected


def test_images_behind_a_finding_come_group_by_group(catalogue: Catalogue) -> None:
    groups = ((1009, 1002), (1001, 1017), (1, 2))

    assert ids(catalogue, ImageFilter(groups=groups)) == [9, 2, 17]
    assert ids(catalogue, ImageFilter(groups=groups, shown=Shown.ALL)) == [9, 2, 1, 17]


def test_order_is_by_name_within_what_is_asked_for(catalogue: Catalogue) -> None:
    assert ids(catalogue, ImageFilter(order=Order.SIZE))[0] == 17
    by_class = ids(catalogue, ImageFilter(order=Order.CLASS))
    assert by_class[:3] == [0, 2, 6]
    assert by_class[-1] == 17


def test_images_are_counted_by_class_and_split(catalogue: Catalogue) -> None:
    counts = catalogue.counts()

    assert counts.class_names == ("healthy", "ill")
    assert counts.column_names == ("train", "val", "test")
    assert counts.values.tolist() == [[2, 3, 3], [3, 3, 3]]
    assert counts.row_totals.tolist() == [8, 9]
    assert counts.column_totals.tolist() == [5, 6, 6]
    assert counts.total == catalogue.num_included == 17


def test_a_patient_of_two_classes_counts_once_in_all() -> None:
    records = make_records(3)
    other = make_records(6)[3:]
    shared = [record for record in other if record.class_name == "ill"]
    object.__setattr__(shared[0], "patient", records[0].patient)

    counts = Catalogue([*records, shared[0]]).counts(patients=True)

    assert counts.values.sum() == 2
    assert counts.row_totals.tolist() == [1, 1]
    assert counts.total == 1


def test_folds_are_counted_where_there_are_any(catalogue: Catalogue) -> None:
    counts = catalogue.counts(patients=True, folds=True)

    assert counts.column_names == ("Fold 1", "Fold 2")
    assert counts.values.tolist() == [[2, 0], [0, 2]]
    assert counts.total == 4


def test_unknown_patients_are_said_to_be_so() -> None:
    catalogue = Catalogue(make_records(6, patients=False))

    assert catalogue.num_patients is None
    assert catalogue.counts(patients=True).total == 0
    assert Catalogue(make_records(6)).num_patients == 2


def test_an_empty_catalogue_counts_nothing() -> None:
    counts = Catalogue(()).counts()

    assert counts.class_names == ()
    assert counts.total == 0
    assert Catalogue(()).select(ImageFilter()).tolist() == []

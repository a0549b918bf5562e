"""Which settings fit instead of those that do not."""

from __future__ import annotations

import dataclasses

import pytest

from fpt_core.jobs.estimates import Alternative, Cost, Expected
from fpt_core.jobs.miniature import Measured
from fpt_core.jobs.nearest import Needs, Settings, nearest

MB = 10**6
MEASURED = Measured(
    backbone="vit",
    patch_size=16,
    store="abc",
    record_bytes=4 * MB,
    load_s=1,
    prepare_image_s=1,
    start_s=1,
    step_image_s=0.1,
    epoch_s=0.1,
    answer_image_s=0.1,
    other_image_s=0.1,
    end_s=1,
    weights_bytes=800 * MB,
    prepare_bytes=1000 * MB,
    learning_bytes=900 * MB,
    step_image_bytes=10 * MB,
    images_at_once=16,
    rest_bytes=900 * MB,
)
THROUGH = dataclasses.replace(
    MEASURED, learning_bytes=2000 * MB, step_image_bytes=800 * MB, rest_bytes=2500 * MB
)
FPT_PLUS = Settings("fpt+", 512, 16, "float16")


def _needs(measured: Measured = MEASURED, memory_mb: int = 10_000, disk_mb: int = 10_000) -> Needs:
    return Needs(measured, 100, 100, "cpu", memory_mb * MB, disk_mb * MB)


def _nearest(settings: Settings, needs: Needs) -> Alternative:
    found = nearest(settings, needs)
    assert found is not None
    return found


def test_eight_bits_save_the_disk() -> None:
    found = _nearest(FPT_PLUS, _needs(disk_mb=300))
    assert (found.image_size, found.batch_size, found.dtype) == (512, 16, "int8")
    assert found.text == "prepared images kept in 8 bits"


def test_smaller_images_save_more_of_it() -> None:
    found = _nearest(FPT_PLUS, _needs(disk_mb=150))
    assert (found.image_size, found.dtype) == (384, "int8")
    assert "images of 384 px instead of 512" in found.text


def test_half_of_the_blocks_comes_before_smaller_images() -> None:
    found = _nearest(Settings("fpt", 512, 16, "float16"), _needs(disk_mb=110))
    assert (found.method, found.image_size, found.dtype) == ("fpt+", 512, "int8")


def test_smaller_images_save_memory_of_preparation() -> None:
    found = _nearest(FPT_PLUS, _needs(memory_mb=1100))
    assert found.image_size < 512
    assert found.image_size % MEASURED.patch_size == 0


def test_full_fine_tuning_takes_a_smaller_batch_first() -> None:
    found = _nearest(Settings("full", 512, 16, "float16"), _needs(THROUGH, 6500))
    assert (found.method, found.image_size, found.batch_size) == ("full", 512, 4)
    assert found.text == "a batch of 4 instead of 16"


def test_where_full_fine_tuning_never_fits_fpt_plus_does() -> None:
    found = _nearest(Settings("full", 512, 16, "float16"), _needs(THROUGH, 2000))
    assert (found.method, found.image_size, found.batch_size) == ("fpt+", 512, 16)
    assert found.text == "fpt+ instead of full"


def test_where_nothing_fits_nothing_is_told() -> None:
    assert nearest(FPT_PLUS, _needs(memory_mb=700)) is None


@pytest.mark.parametrize(
    ("memory_mb", "disk_mb", "expected"),
    [
        (10_000, 10_000, []),
        (1100, 10_000, ["It needs up to 1.2 GB of memory; 1.1 GB of the computer are free."]),
        (
            10_000,
            300,
            ["The prepared images take 0.4 GB of the disk; 0.3 GB are free."],
        ),
    ],
)
def test_problems_are_told_in_sentences(memory_mb: int, disk_mb: int, expected: list[str]) -> None:
    memory = Expected(1000 * MB, 900 * MB, 1200 * MB)
    none = Expected(0, 0, 0)
    cost = Cost("fpt+", memory, none, none, none, fits=True)
    problems = _needs(memory_mb=memory_mb, disk_mb=disk_mb).problems(FPT_PLUS, cost)
    assert list(problems) == expected

"""What was read is kept until the import ends, whatever ends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fpt_core.dataset.kept_readings import FILE, KeptReadings
from fpt_core.errors import FptError


def test_readings_last_until_the_import_ends(tmp_path: Path) -> None:
    kept = KeptReadings(tmp_path)
    assert (kept.is_there, kept.load()) == (False, {})
    kept.keep([("k", [1]), ("l", ["é"])])
    kept.keep([("m", None)])
    assert KeptReadings(tmp_path).load() == {"k": [1], "l": ["é"], "m": None}
    kept.forget()
    kept.forget()
    assert (kept.is_there, kept.load()) == (False, {})


@pytest.mark.parametrize("lost", range(1, 13))
def test_of_a_torn_line_nothing_is_taken_and_the_rest_stays(lost: int, tmp_path: Path) -> None:
    kept = KeptReadings(tmp_path)
    kept.keep([("k", 1)])
    kept.keep([("l", 22)])
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[:-lost])
    kept.keep([("m", 3)])
    assert kept.load() == {"k": 1, "m": 3}


def test_bytes_that_are_no_reading_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b'\xff\xfe\n3\n{"a": 1}\n[[1]]\n[["k", 1]]\n')
    assert KeptReadings(tmp_path).load() == {"k": 1}


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(FptError, match="gone"):
        KeptReadings(tmp_path / "gone").keep([("k", 1)])

from __future__ import annotations

from app.dataset_panel.pace import Pace
from fpt_core.events import Progress


def test_speed_and_time_left_are_told_once_they_are_known() -> None:
    pace = Pace()

    assert pace.tell(Progress("Reading images", 0, 5000), 0.0) == "Reading images: 0 of 5,000"
    assert (
        pace.tell(Progress("Reading images", 200, 5000), 2.0)
        == "Reading images: 200 of 5,000 · 100/s · 48 s left"
    )


def test_the_speed_is_that_of_the_last_seconds() -> None:
    pace = Pace()
    pace.tell(Progress("Reading", 0, 100_000), 0.0)
    pace.tell(Progress("Reading", 10_000, 100_000), 100.0)

    assert "10/s · 2.5 h left" in pace.tell(Progress("Reading", 10_050, 100_000), 105.0)


def test_a_new_stage_begins_anew() -> None:
    pace = Pace()
    pace.tell(Progress("Listing", 0, 0), 0.0)
    assert pace.tell(Progress("Listing", 50, 0), 10.0) == "Listing: 50 · 5.0/s"

    assert pace.tell(Progress("Reading", 1, 10), 11.0) == "Reading: 1 of 10"

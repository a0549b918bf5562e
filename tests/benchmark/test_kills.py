"""A real worker, killed for real."""

from __future__ import annotations

from fpt_core.auto.side_training import SEARCHING
from fpt_core.benchmark.kills import KillsConfig, _place, kills
from fpt_core.events import Finished, Progress
from fpt_core.features.extract import PREPARING


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_weights() -> None:
    config = KillsConfig(kills=3, image_size=64, epochs=2, patients_per_class=3, seed=1)
    *_, last = kills(config)
    assert isinstance(last, Finished)
    result = dict(last.result)
    assert (result["kills"], result["while_preparing"], result["while_training"]) == (3, 1, 2)
    assert result["same_weights"]
    assert result["same_metrics"]


def test_a_search_for_settings_lies_between_preparing_and_the_steps() -> None:
    events = [Progress(PREPARING, done, 2) for done in range(3)]
    events += [Progress(SEARCHING, done, total) for total in (2, 1) for done in range(total)]
    places: list[tuple[int, float]] = []
    for event in events:
        place = _place(event, places)
        if place is not None:
            places.append(place)
    assert places == sorted(places)
    assert places == [(0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]

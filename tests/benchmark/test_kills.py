"""A real worker, killed for real."""

from __future__ import annotations

from fpt_core.benchmark.kills import KillsConfig, kills
from fpt_core.events import Finished


def test_a_run_that_is_killed_again_and_again_ends_with_the_same_weights() -> None:
    config = KillsConfig(kills=3, image_size=64, epochs=2, patients_per_class=3, seed=1)
    *_, last = kills(config)
    assert isinstance(last, Finished)
    result = dict(last.result)
    assert (result["kills"], result["while_preparing"], result["while_training"]) == (3, 1, 2)
    assert result["same_weights"]
    assert result["same_metrics"]

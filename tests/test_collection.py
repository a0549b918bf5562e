"""The search for cycles is put off, and as before afterwards."""

from __future__ import annotations

import gc

from fpt_core.collection import seldom_collected


def test_the_search_is_put_off_and_comes_back() -> None:
    before = gc.get_threshold()
    with seldom_collected():
        assert gc.get_threshold()[0] > before[0]
        assert gc.isenabled()
    assert gc.get_threshold() == before

from __future__ import annotations

import threading
import warnings

import pytest

from fpt_core.images.quiet import Quiet


def test_threads_that_leave_in_another_order_stay_quiet() -> None:
    quiet, first_left, second_inside = Quiet(), threading.Event(), threading.Event()
    heard: list[BaseException] = []

    def second() -> None:
        try:
            with quiet:
                second_inside.set()
                first_left.wait(5)
                warnings.warn("decoder", UserWarning, stacklevel=1)
        except UserWarning as warning:
            heard.append(warning)

    thread = threading.Thread(target=second)
    with quiet:
        thread.start()
        assert second_inside.wait(5)
    first_left.set()
    thread.join()
    assert heard == []


def test_the_filters_are_as_before_afterwards() -> None:
    before = list(warnings.filters)
    quiet = Quiet()
    with quiet, quiet:
        warnings.warn("decoder", UserWarning, stacklevel=1)
    assert list(warnings.filters) == before
    with pytest.warns(UserWarning, match="mine"):
        warnings.warn("mine", UserWarning, stacklevel=1)

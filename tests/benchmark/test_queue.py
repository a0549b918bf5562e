from __future__ import annotations

import pytest

from fpt_core.benchmark.queue import print_queue, queue
from fpt_core.errors import ConfigError
from fpt_core.events import Finished


@pytest.mark.usefixtures("no_weights")
def test_memory_is_measured_while_images_are_answered(capsys: pytest.CaptureFixture[str]) -> None:
    *_, last = queue(120)
    assert isinstance(last, Finished)
    assert [row["images"] for row in last.result["rows"]] == [100, 120]
    assert all(row["resident_bytes"] > row["answers_bytes"] > 0 for row in last.result["rows"])
    print_queue(dict(last.result))
    assert "resident MB" in capsys.readouterr().out


def test_too_few_images_tell_nothing() -> None:
    with pytest.raises(ConfigError, match="at least 100"):
        next(queue(3))

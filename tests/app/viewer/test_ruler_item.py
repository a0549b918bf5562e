from __future__ import annotations

import pytest
from PySide6.QtCore import QLineF

from app.viewer.ruler_item import length_text


@pytest.mark.parametrize(
    ("line", "spacing", "text"),
    [
        (QLineF(0, 0, 30, 40), None, "50 px"),
        (QLineF(0, 0, 30, 40), (1.0, 1.0), "50.0 mm"),
        (QLineF(5, 5, 5, 25), (0.5, 2.0), "10.0 mm"),
        (QLineF(5, 5, 25, 5), (0.5, 2.0), "40.0 mm"),
    ],
)
def test_a_length_is_in_millimetres_where_the_distance_of_pixels_is_known(
    line: QLineF, spacing: tuple[float, float] | None, text: str
) -> None:
    assert length_text(line, spacing) == text

from __future__ import annotations

from app.widgets.heatmap_overlay import HeatmapLegend, heatmap_pixmap
from fpt_core.events import TokenMap


def test_more_often_kept_is_brighter_and_never_kept_is_clear(qtbot: object) -> None:
    picture = heatmap_pixmap(TokenMap(1, 3, (0.0, 0.4, 0.8), (0, 0, 30, 10))).toImage()

    never, half, most = (picture.pixelColor(column, 0) for column in range(3))
    assert never.alpha() == 0
    assert half.alpha() == most.alpha() == 255
    assert half.lightness() < most.lightness()


def test_a_map_without_any_kept_token_is_clear(qtbot: object) -> None:
    picture = heatmap_pixmap(TokenMap(2, 2, (0.0, 0.0, 0.0, 0.0), (0, 0, 20, 20))).toImage()

    assert picture.pixelColor(1, 1).alpha() == 0


def test_the_legend_says_its_numbers(qtbot: object) -> None:
    legend = HeatmapLegend()

    legend.set_highest(0.42)

    assert "42%" in legend.accessibleName().replace(" ", "")
    legend.deleteLater()

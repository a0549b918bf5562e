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


def test_evidence_for_and_against_have_colours_of_their_own(qtbot: object) -> None:
    picture = heatmap_pixmap(TokenMap(1, 3, (-0.8, 0.0, 0.8), (0, 0, 30, 10))).toImage()

    against, nothing, for_it = (picture.pixelColor(column, 0) for column in range(3))
    assert against.alpha() == for_it.alpha() == 255
    assert nothing.alpha() == 0
    assert against.blue() > against.red()
    assert for_it.red() > for_it.blue()


def test_the_legend_says_its_numbers(qtbot: object) -> None:
    legend = HeatmapLegend()

    legend.show_scale(TokenMap(1, 2, (0.1, 0.42), (0, 0, 1, 1)), "%")
    assert legend.accessibleName() == "Colour scale from 0 % to 42 %"
    legend.show_scale(TokenMap(1, 2, (-0.1, 0.42), (0, 0, 1, 1)), "")
    assert legend.accessibleName() == "Colour scale from -0.42 to +0.42"
    legend.deleteLater()

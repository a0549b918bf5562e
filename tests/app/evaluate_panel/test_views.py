"""The views alone: what they say under the cursor, and where there is nothing to draw."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.evaluate_panel.confusion_view import ConfusionView
from app.evaluate_panel.curve_plot import CurvePlot
from app.evaluate_panel.forest_plot import ForestPlot
from app.evaluate_panel.people_view import PeopleView
from app.evaluate_panel.reliability_plot import ReliabilityPlot
from app.evaluate_panel.threshold_bar import BY_HAND, ThresholdBar
from app.theme import DARK, LIGHT
from fpt_core.evaluation.people import People
from fpt_core.evaluation.reliability import reliability
from tests.app.evaluate_panel.driven import hover
from tests.evaluation.samples import draw


def _shown(qtbot: QtBot, view: Any, width: int = 320, height: int = 260) -> Any:
    qtbot.addWidget(view)
    view.resize(width, height)
    view.set_colours(DARK)
    view.show()
    return view


def _group(value: str, auc: float | None, warning: str = "") -> dict[str, Any]:
    interval = None if warning else {"low": 0.5, "high": 0.9, "method": "bootstrap"}
    figure = {"value": auc, "interval": interval, "note": warning and "Too few for an interval."}
    return {
        "value": value,
        "images": 20,
        "patients": 12,
        "auc": figure,
        "difference": figure,
        "p_value": None if warning else 0.2,
        "warning": warning,
    }


def test_why_a_curve_is_missing_is_said_in_the_plot(qtbot: QtBot) -> None:
    plot = _shown(qtbot, CurvePlot("plot", "ROC", "x", "y"))
    plot.show_curve([], [], [], note="No curve: there are none of the class.")
    assert plot.note == "No curve: there are none of the class."
    assert hover(qtbot, plot, 0.5, 0.5) == ""
    plot.set_mark(None, None)
    assert plot.mark is None


def test_bins_are_read_and_calibration_is_shown_where_it_changed_something(qtbot: QtBot) -> None:
    sample = draw(rows=200)
    scores, positive = sample.probabilities[:, 1], sample.positive(1)
    plot = _shown(qtbot, ReliabilityPlot("plot", "Calibration"))
    bins, before = reliability(scores, positive), reliability(scores**2, positive)
    plot.show_bins(bins, before)
    assert plot._legend.isVisible()
    text = hover(qtbot, plot, 0.55, 0.5)
    assert text.startswith(f"{bins[5].images} with 0.5 to 0.6")
    assert f"observed {bins[5].observed:.3f}" in text
    assert {row[0] for row in plot.table()[1:]} == {"calibrated", "before"}
    plot.show_bins(bins, bins)
    assert not plot._legend.isVisible()


def test_groups_too_small_are_hollow_and_say_so(qtbot: QtBot) -> None:
    plot = _shown(qtbot, ForestPlot("plot", "AUC by group"), 700, 300)
    groups = [_group("north", 0.8), _group("a very long name of a hospital", 0.6, "Too small.")]
    plot.show_groups([*groups, _group("none", None, "Too small.")], 0.75)
    brushes = [point.brush().color().name() for point in plot._dots.points()]
    assert brushes == [DARK.accent, DARK.background]
    assert "AUC 0.800 (0.500 to 0.900)" in hover(qtbot, plot, 0.7, 2)
    assert "Too small." in hover(qtbot, plot, 0.7, 1)
    assert [row[5] for row in plot.table()[1:]] == ["0.2", "", ""]
    plot.show_groups([_group("north", 0.8)], None)
    assert len(plot._dots.points()) == 1


def test_cells_are_told_in_words(qtbot: QtBot) -> None:
    view = _shown(qtbot, ConfusionView("matrix"))
    view.show_matrix(("healthy", "sick"), ((20, 1), (13, 8)))
    cells = {(row, column): rect.center() for row, column, rect in view._cells()}
    centre = cells[1, 0]
    assert view.text_at(centre.x(), centre.y()) == "13 of 21 sick (62%) predicted as healthy"
    centre = cells[1, 1]
    assert view.text_at(centre.x(), centre.y()) == "8 of 21 sick (38%) predicted rightly"
    assert view.text_at(0, 0) == ""
    assert view.table()[2] == ["sick", "13", "8"]
    view.grab()


@pytest.mark.parametrize("size", [(150, 120), (300, 180), (900, 300)])
def test_a_thousand_people_find_room(size: tuple[int, int], qtbot: QtBot) -> None:
    view = _shown(qtbot, PeopleView("people"), *size)
    view.show_people(People(90, 10, 180, 720), "")
    assert view.sentence == "Of 1,000 people: 90 found, 10 missed, 180 false alarms, 720 cleared"
    assert view.accessibleName() == view.sentence
    view.grab()
    view.show_people(None, "Not to be told.")
    assert view.sentence == ""
    assert view.table()[1] == ["found", ""]
    view.grab()


def test_rules_are_asked_for_as_they_are_written(qtbot: QtBot) -> None:
    bar = ThresholdBar()
    qtbot.addWidget(bar)
    bar.show()
    asked: list[str] = []
    bar.rule_wanted.connect(asked.append)
    for place in range(bar.rules.count()):
        bar.rules.setCurrentIndex(place)
    assert asked == ["sensitivity=0.95", "specificity=0.95", "cost=5", "net-benefit=0.2"]
    assert bar.rule == BY_HAND
    assert not bar.target.isVisible()
    with qtbot.waitSignal(bar.moved) as moved:
        bar.value.setValue(0.25)
    assert moved.args == [0.25]
    assert bar.slider.value() == 250


def test_the_panel_imports_neither_scipy_nor_scikit_learn() -> None:
    code = (
        "import sys, app.evaluate_panel.evaluate_panel;"
        "sys.exit(bool({'scipy', 'sklearn', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_another_theme_leaves_the_numbers_at_the_axes(qtbot: QtBot) -> None:
    plot = _shown(qtbot, CurvePlot("plot", "Decision curve", "x", "y", unit_axes=False))
    plot.setRange(xRange=(0, 1), yRange=(-0.1, 0.5))
    axis = plot.getAxis("left")
    for colours in (LIGHT, DARK):
        plot.set_colours(colours)
        strings = axis.tickStrings([0.2, 0.4], axis.autoSIPrefixScale * axis.scale, 0.2)
        assert strings == ["0.2", "0.4"]

"""What every command of `fpt` is: a module with these four names."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from typing import Any, Protocol

from fpt_core.commands.screen import Screen
from fpt_core.events import Event, Finished, Predicted
from fpt_core.jobs.requests import Request

Result = dict[str, Any]


class Command(Protocol):
    """A module of this package that is a command."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say what the command takes."""

    def run(self, arguments: argparse.Namespace, screen: Screen) -> Result:
        """Do it; progress is drawn on ``screen``.

        Raises:
            FptError: If it cannot be done.
        """

    def show(self, arguments: argparse.Namespace, result: Result) -> None:
        """Print the result for people."""


def run_job(request: Request, screen: Screen, predicted: list[Predicted] | None = None) -> Result:
    """Run the job of ``request``; its predictions are added to ``predicted``."""
    from fpt_core.jobs.run import run

    return drawn(run(request), screen, predicted)


def drawn(
    events: Generator[Event, None, None], screen: Screen, predicted: list[Predicted] | None = None
) -> Result:
    """Draw ``events`` and return the last one's result; Ctrl+C closes the job first."""
    result: Result = {}
    try:
        for event in events:
            screen.draw(event)
            if isinstance(event, Finished):
                result = dict(event.result)
            if isinstance(event, Predicted) and predicted is not None:
                predicted.append(event)
    finally:
        events.close()
    return result


def show_result(arguments: argparse.Namespace, result: Result) -> None:
    """One line per entry of a result, one per split of its metrics."""
    for key, value in result.items():
        if key == "metrics":
            for split, figures in value.items():
                print(f"{split:<12} {_figures(figures)}")
        else:
            print(f"{key:<12} {value}")


def _figures(figures: dict[str, Any]) -> str:
    parts = []
    for name, value in figures.items():
        if isinstance(value, list):
            parts.append(f"{name.replace('_', ' ')} {value[0]:.3f} to {value[1]:.3f}")
        elif value is not None:
            parts.append(f"{name} {value:.3f}" if isinstance(value, float) else f"{name} {value}")
    return ", ".join(parts)

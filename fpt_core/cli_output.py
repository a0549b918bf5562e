"""What the command line shows: progress bars, summaries and tables."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from tqdm import tqdm

from fpt_core.config import PixelRecipe
from fpt_core.errors import translate_os_error
from fpt_core.events import (
    EpochCompleted,
    Event,
    Predicted,
    PredictionFailed,
    Progress,
    RunStarted,
    StepCompleted,
    Warned,
)
from fpt_core.files import write_atomically


class Screen:
    """Draws a job's events: one progress bar per stage."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bar: tqdm[Any] | None = None
        self._stage = ""
        self._epoch = ""

    def draw(self, event: Event) -> None:
        """Show one event."""
        match event:
            case Progress():
                self._advance(event.stage, event.done, event.total)
            case RunStarted():
                share = event.trainable_parameters / event.total_parameters
                self._say(
                    f"{event.method} on {event.backbone}: {event.trainable_parameters:,} learnable "
                    f"parameters ({share:.2%}); run {event.run_id}"
                )
            case StepCompleted():
                self._advance("Training", event.step, event.total_steps, self._epoch)
            case EpochCompleted():
                auc = "-" if event.val_auc is None else f"{event.val_auc:.3f}"
                self._epoch = f"loss {event.train_loss:.3f}, validation AUC {auc}"
            case Warned():
                self._say(f"Note: {event.message} {event.remedy}")
            case PredictionFailed():
                self._say(f"Left out: {event.message} {event.remedy}")

    def close(self) -> None:
        """End the bar in progress."""
        if self._bar is not None:
            self._bar.close()
        self._bar, self._stage = None, ""

    def _advance(self, stage: str, done: int, total: int, text: str = "") -> None:
        if stage != self._stage:
            self.close()
            self._stage = stage
            self._bar = tqdm(
                total=total, desc=f"{stage:<22}", file=self._stream, mininterval=0.2, ncols=100
            )
        assert self._bar is not None, "a stage has a bar"
        if text:
            self._bar.set_postfix_str(text, refresh=False)
        self._bar.update(done - self._bar.n)

    def _say(self, text: str) -> None:
        tqdm.write(text.strip(), file=self._stream)


def print_result(command: str, result: dict[str, Any]) -> None:
    """A job's result for people: one line per figure."""
    if command == "doctor":
        _print_doctor(result)
        return
    for key, value in result.items():
        if key == "metrics":
            for split, figures in value.items():
                print(f"{split:<12} {_figures(figures)}")
        elif key == "skipped":
            print(f"{'skipped':<12} {len(value)} files")
            for file in value:
                print(f"             {file['path']}: {file['reason']}")
        elif key == "predictions":
            for row in value:
                print(f"{row['prediction']:<20} {row['probability']:6.1%}  {row['file']}")
        else:
            print(f"{key:<12} {value}")


def print_recipe(result: dict[str, Any]) -> None:
    """A project's pixel recipe, one line per setting."""
    recipe = PixelRecipe.from_dict(result["recipe"])
    windows = " ".join(map(str, recipe.windows)) or "the file's own"
    print(f"{'project':<16} {result['project']}")
    print(f"{'windows':<16} {windows}")
    print(f"{'volume axis':<16} {recipe.volume_axis}")
    print(f"{'fundus crop':<16} {'yes' if recipe.fundus_crop else 'no'}")
    print(f"{'fundus contrast':<16} {'yes' if recipe.fundus_contrast else 'no'}")


def print_comparison(result: dict[str, Any]) -> None:
    """All runs as a table, the newest first."""
    if not result["runs"]:
        print("The project has no runs yet: `fpt train` makes one.")
        return
    print(
        f"{'run':<36} {'method':<13} {'backbone':<26} {'status':<12} "
        f"{'val AUC':>22} {'test AUC':>22}"
    )
    for run in result["runs"]:
        val, test = (_auc(run["metrics"].get(split, {})) for split in ("val", "test"))
        print(
            f"{run['run']:<36} {run['method']:<13} {run['backbone']:<26} {run['status']:<12} "
            f"{val:>22} {test:>22}"
        )


def print_audit(result: dict[str, Any]) -> None:
    """Findings of an audit in paragraphs, the gravest first."""
    for finding in result["findings"]:
        print(f"{finding['severity'].upper():<8} {finding['title']}")
        print(textwrap.indent(textwrap.fill(finding["explanation"], 91), " " * 9))
        for remedy in finding["remedies"]:
            print(f"{'':<8} > {remedy['text']}")
        print()
    number = len(result["findings"])
    print(f"{number or 'No'} finding{'' if number == 1 else 's'}. Looked at:")
    for what in result["checked"]:
        print(f"  - {what}")


def prediction_rows(predicted: Sequence[Predicted]) -> list[dict[str, Any]]:
    """Predictions as flat rows: file, class, probability, and one column per class."""
    rows = []
    for event in predicted:
        best = max(range(len(event.class_names)), key=event.probabilities.__getitem__)
        rows.append(
            {
                "file": event.path,
                "prediction": event.class_names[best],
                "probability": event.probabilities[best],
                "seconds": event.seconds,
                "probabilities": dict(zip(event.class_names, event.probabilities, strict=True)),
            }
        )
    return rows


def write_csv(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write prediction rows as a table.

    Raises:
        DiskFullError: If there is no space left.
    """
    classes = list(rows[0]["probabilities"]) if rows else []
    content = io.StringIO(newline="")
    writer = csv.writer(content)
    writer.writerow(["file", "prediction", "probability", *classes])
    for row in rows:
        each = [f"{row['probabilities'][name]:.6f}" for name in classes]
        writer.writerow([row["file"], row["prediction"], f"{row['probability']:.6f}", *each])
    try:
        write_atomically(path, content.getvalue().encode("utf-8-sig"))
    except OSError as error:
        raise translate_os_error(error, path) from error


def _print_doctor(result: dict[str, Any]) -> None:
    device = result["device"]
    why = f" ({device['why']})" if device["why"] else ""
    print(f"{'system':<12} {result['system']}")
    for name, number in result["versions"].items():
        print(f"{name:<12} {number}")
    print(f"{'device':<12} {device['used']} {device['name']}{why}")
    print(f"{'processors':<12} {result['processors']}")
    print(f"{'memory':<12} {result['memory_available_bytes'] / 1e9:.1f} GB free of "
          f"{result['memory_bytes'] / 1e9:.1f} GB")  # fmt: skip
    print(f"{'disk':<12} {result['disk_free_bytes'] / 1e9:.1f} GB free")
    for name, works in result["decoders"].items():
        print(f"{'decoder':<12} {'yes' if works else 'no ':<4} {name}")
    for found in result["weights"]:
        note = " (built-in, small: for getting started)" if found["built_in"] else ""
        print(f"{'weights':<12} {found['name']}{note}: {found['path']}")
    if result["built_in_refused"]:
        print(f"{'weights':<12} {result['built_in_refused']}")
    if not result["weights"]:
        print(f"{'weights':<12} none found in {', '.join(result['weights_folders'])}")


def _figures(figures: dict[str, Any]) -> str:
    parts = []
    for name, value in figures.items():
        if isinstance(value, list):
            parts.append(f"{name.replace('_', ' ')} {value[0]:.3f} to {value[1]:.3f}")
        elif value is not None:
            parts.append(f"{name} {value:.3f}" if isinstance(value, float) else f"{name} {value}")
    return ", ".join(parts)


def _auc(figures: dict[str, Any]) -> str:
    value, interval = figures.get("auc"), figures.get("auc_interval")
    if value is None:
        return "-"
    return f"{value:.3f}" + (f" ({interval[0]:.3f}-{interval[1]:.3f})" if interval else "")

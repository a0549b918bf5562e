"""The command line ``fpt``: the window's twin.

Every command prints one JSON object on stdout with ``--json``; progress goes to stderr.
Exit status: 0 done, 1 the job failed, 2 wrong usage, 130 stopped by Ctrl+C.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

from fpt_core import __version__
from fpt_core.benchmark.case import METHODS as BENCHMARK_METHODS
from fpt_core.cli_evaluation import (
    add_evaluate_arguments,
    evaluate_request,
    print_comparisons,
    print_evaluation,
)
from fpt_core.cli_import import (
    add_import_arguments,
    import_request,
    look_at,
    print_import,
    print_sketch,
)
from fpt_core.cli_output import (
    Screen,
    print_audit,
    print_comparison,
    print_recipe,
    print_result,
)
from fpt_core.config import (
    METHODS,
    PRESETS,
    VOLUME_AXES,
    TrainingConfig,
    parse_windows,
    to_dict,
)
from fpt_core.errors import FptError
from fpt_core.events import Event, Finished, Predicted
from fpt_core.jobs.requests import (
    AuditRequest,
    BackboneChoice,
    CompareRequest,
    ExportRequest,
    PredictRequest,
    PrepareRequest,
    Request,
    TrainRequest,
)

Result = dict[str, Any]
Command = Callable[[argparse.Namespace, Screen], Result]

RANDOM_WEIGHTS = "random"
"""What ``--weights`` takes instead of a file to go on without pretrained weights."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    multiprocessing.freeze_support()
    _quiet_without_console()
    arguments = _parser().parse_args(argv)
    command: Command = arguments.command
    screen = Screen(sys.stderr)
    try:
        result = command(arguments, screen)
    except FptError as error:
        screen.close()
        if arguments.debug:
            raise
        if arguments.json:
            print(
                json.dumps({"error": error.kind, "message": error.message, "remedy": error.remedy})
            )
        print(f"fpt: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        screen.close()
        print("fpt: Stopped. What was finished is kept; the same command goes on.", file=sys.stderr)
        return 130
    screen.close()
    if arguments.json:
        print(json.dumps(result))
    else:
        arguments.show(result)
    return int(result.get("answered") == 0)


def _quiet_without_console() -> None:
    """A windowed bundle has neither stdout nor stderr."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115


# --- commands ---------------------------------------------------------------------


def _doctor(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.jobs.doctor import diagnose

    return diagnose()


def _demo(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.jobs.demo import demo

    result = _drawn(demo(arguments.output.resolve()), screen)
    if arguments.open_window:
        result["window"] = _open_window(Path(result["project"]))
    return result


def _new(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.dataset.project import Project

    return {"project": str(Project.create(arguments.project).path)}


def _import(arguments: argparse.Namespace, screen: Screen) -> Result:
    if arguments.look:
        arguments.show = print_sketch
        return look_at(arguments)
    return _run(import_request(arguments), screen)


def _relocate(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.dataset.project import Project

    project = Project.open(arguments.project)
    found = project.relocate(arguments.old.absolute(), arguments.new.resolve())
    return {"project": str(project.path), "folder": str(arguments.new), "files_found": found}


def _recipe(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.dataset.project import Project

    project = Project.open(arguments.project)
    recipe = project.recipe()
    changes = {
        name: value
        for name in ("volume_axis", "fundus_crop", "fundus_contrast")
        if (value := getattr(arguments, name)) is not None
    }
    if arguments.window is not None:
        changes["windows"] = parse_windows(arguments.window)
    if changes:
        recipe = dataclasses.replace(recipe, **changes)
        project.set_recipe(recipe)
    return {"project": str(project.path), "recipe": to_dict(recipe)}


def _audit(arguments: argparse.Namespace, screen: Screen) -> Result:
    return _run(AuditRequest(arguments.project, arguments.privacy), screen)


def _prepare(arguments: argparse.Namespace, screen: Screen) -> Result:
    return _run(_prepare_request(arguments, arguments.preset), screen)


def _train(arguments: argparse.Namespace, screen: Screen) -> Result:
    training = TrainingConfig(
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        seed=arguments.seed,
    )
    prepare = _prepare_request(arguments, arguments.method)
    return _run(TrainRequest(prepare, training, arguments.resume), screen)


def _evaluate(arguments: argparse.Namespace, screen: Screen) -> Result:
    return _run(evaluate_request(arguments), screen)


def _predict(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.cli_output import prediction_rows, write_csv

    request = PredictRequest(
        model=arguments.model,
        paths=tuple(arguments.paths),
        weights=arguments.weights,
        heatmaps=arguments.heatmaps,
        device=arguments.device,
    )
    predicted: list[Predicted] = []
    result = _run(request, screen, predicted)
    result["predictions"] = prediction_rows(predicted)
    if arguments.csv is not None:
        write_csv(arguments.csv, result["predictions"])
    return result


def _export(arguments: argparse.Namespace, screen: Screen) -> Result:
    return _run(
        ExportRequest(
            arguments.model,
            arguments.onnx,
            arguments.weights,
            arguments.fp16,
            tuple(arguments.check),
        ),
        screen,
    )


def _compare(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.dataset.project import Project

    if arguments.runs:
        arguments.show = print_comparisons
        return _run(CompareRequest(arguments.project, tuple(arguments.runs)), screen)
    arguments.show = print_comparison
    project = Project.open(arguments.project)
    runs = project.runs()
    shown = sum("test" in run.metrics for run in runs)
    if shown:
        project.record_test_look(f"list of {shown} runs")
    return {
        "project": str(arguments.project),
        "runs": [
            {
                "run": run.id,
                "created": run.created,
                "method": run.method,
                "backbone": run.backbone,
                "status": run.status,
                "image_size": run.settings["prepare"]["image_size"],
                "metrics": run.metrics,
                "model": None if run.model_path is None else str(run.model_path),
            }
            for run in runs
        ],
    }


def _benchmark(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.side_by_side import SideBySide, side_by_side

    plan = SideBySide.quick() if arguments.quick else SideBySide()
    given = {
        "backbone": arguments.backbone,
        "image_sizes": arguments.image_size and tuple(arguments.image_size),
        "batch_size": arguments.batch_size,
        "methods": arguments.methods and tuple(arguments.methods),
        "device": arguments.device,
    }
    plan = dataclasses.replace(plan, **{name: value for name, value in given.items() if value})
    return _drawn(side_by_side(plan), screen)


def _prepare_request(arguments: argparse.Namespace, method: str) -> PrepareRequest:
    random = arguments.weights == RANDOM_WEIGHTS
    weights = None if random or arguments.weights is None else Path(arguments.weights)
    return PrepareRequest(
        project=arguments.project,
        method=method,
        backbone=BackboneChoice(arguments.backbone, weights, allow_random=random),
        image_size=arguments.image_size,
        dtype=arguments.dtype,
        memory_limit_mb=arguments.memory_limit,
        device=arguments.device,
    )


def _run(request: Request, screen: Screen, predicted: list[Predicted] | None = None) -> Result:
    from fpt_core.jobs.run import run

    return _drawn(run(request), screen, predicted)


def _drawn(
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


def _open_window(project: Path) -> str:
    """Open the window on ``project``, or say in one line how to."""
    has_screen = sys.platform in ("win32", "darwin") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if has_screen and importlib.util.find_spec("app") is not None:
        subprocess.Popen([sys.executable, "-m", "app", str(project)], start_new_session=True)
        return f"opened on {project}"
    return f"no screen here; on one that has: fpt-studio {project}"


# --- arguments --------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fpt",
        description="Fine-tune an image classifier on this machine and use it. "
        "Research use only; not a medical device.",
    )
    parser.add_argument("--version", action="version", version=f"fpt {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--json", action="store_true", help="print one JSON object on stdout")
        sub.add_argument("--debug", action="store_true", help="show stack traces")
        sub.set_defaults(command=command, show=lambda result: print_result(name, result))
        return sub

    add("doctor", _doctor, "Device, decoders, weights: what works here, and why not.")

    sub = add("demo", _demo, "The whole job on sample data that it makes, offline.")
    sub.add_argument("--output", type=Path, default=Path("demo"), metavar="DIR")
    sub.add_argument("--open-window", action="store_true", help="then open the window on it")

    sub = add("new", _new, "Make an empty project.")
    _add_project(sub)

    sub = add("import", _import, "Read a folder, an archive or a table into a project.")
    _add_project(sub)
    add_import_arguments(sub)
    sub.set_defaults(show=print_import)

    sub = add("relocate", _relocate, "Say where a folder of images is that has moved.")
    _add_project(sub)
    sub.add_argument("old", type=Path, metavar="OLD", help="the folder as it was imported")
    sub.add_argument("new", type=Path, metavar="NEW", help="where it is now")

    sub = add("recipe", _recipe, "Show or set how pixels become what a model sees.")
    _add_project(sub)
    sub.add_argument(
        "--window",
        action="append",
        metavar="WINDOW",
        help="brain, lung, soft-tissue or bone; CENTER,WIDTH as --window=-600,1500; file:NAME for "
        "one that the files name; file: the files' own. Three times: red, green and blue",
    )
    sub.add_argument("--volume-axis", choices=VOLUME_AXES, help="how volumes are cut into slices")
    sub.add_argument(
        "--fundus-crop", action=argparse.BooleanOptionalAction, help="crop to the fundus disc"
    )
    sub.add_argument(
        "--fundus-contrast",
        action=argparse.BooleanOptionalAction,
        help="even out the light of fundus photographs",
    )
    sub.set_defaults(show=print_recipe)

    sub = add("audit", _audit, "Leaks, copies, shortcuts: what makes a data set misleading.")
    _add_project(sub)
    sub.add_argument(
        "--privacy", action="store_true", help="look for identifiers that the project keeps"
    )
    sub.set_defaults(show=print_audit)

    sub = add("prepare", _prepare, "Compute what the frozen backbone sees in every image.")
    _add_project(sub)
    sub.add_argument("--preset", choices=tuple(PRESETS), default="fpt+")
    _add_preparation(sub)

    sub = add("train", _train, "Train a model; prepares what is missing by itself.")
    _add_project(sub)
    defaults = TrainingConfig()
    sub.add_argument("--method", choices=METHODS, default="fpt+")
    sub.add_argument("--epochs", type=int, default=defaults.epochs)
    sub.add_argument("--batch-size", type=int, default=defaults.batch_size)
    sub.add_argument("--learning-rate", type=float, default=defaults.learning_rate)
    sub.add_argument("--seed", type=int, default=defaults.seed)
    sub.add_argument("--resume", metavar="RUN", help="go on with a run, with its own settings")
    _add_preparation(sub)

    sub = add("evaluate", _evaluate, "Measure a model on one split of a project.")
    sub.add_argument("model", type=Path, metavar="MODEL")
    _add_project(sub)
    add_evaluate_arguments(sub)
    _add_inference(sub)
    sub.set_defaults(show=print_evaluation)

    sub = add("predict", _predict, "Answer image files, or every image below folders.")
    sub.add_argument("model", type=Path, metavar="MODEL")
    sub.add_argument("paths", type=Path, nargs="+", metavar="FILE_OR_FOLDER")
    sub.add_argument("--heatmaps", type=Path, metavar="DIR", help="write token maps over images")
    sub.add_argument("--csv", type=Path, metavar="FILE", help="write the answers as a table")
    _add_inference(sub)

    sub = add("export", _export, "Write a model and its backbone as one ONNX file.")
    sub.add_argument("model", type=Path, metavar="MODEL")
    sub.add_argument("--onnx", type=Path, required=True, metavar="FILE")
    sub.add_argument("--fp16", action="store_true", help="compute in half precision")
    sub.add_argument(
        "--check", type=Path, nargs="+", default=[], metavar="IMAGES", help="compare both on these"
    )
    sub.add_argument("--weights", type=Path, metavar="FILE", help="the backbone's weights")

    sub = add("compare", _compare, "All runs of a project side by side, or named ones by test.")
    _add_project(sub)
    sub.add_argument("runs", nargs="*", metavar="RUN", help="whether these differ")

    _add_benchmark(add("benchmark", _benchmark, "Memory and speed on this machine, side by side."))
    return parser


def _benchmark_import(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.import_speed import import_speed

    return _drawn(import_speed(arguments.files), screen)


def _benchmark_intervals(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.intervals import IntervalsConfig, intervals

    config = IntervalsConfig(
        arguments.patients, arguments.images_per_patient, arguments.auc, trials=arguments.trials
    )
    return _drawn(intervals(config), screen)


def _add_benchmark(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="a ViT-Tiny, under a minute")
    parser.add_argument("--backbone", metavar="NAME", help="timm's name; its weights are random")
    parser.add_argument("--image-size", type=int, nargs="+", metavar="PX")
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--methods", nargs="+", choices=BENCHMARK_METHODS, metavar="METHOD")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"))
    parser.set_defaults(show=_show_side_by_side)
    parts = parser.add_subparsers(metavar="NAME", title="instead", required=False)

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        sub = parts.add_parser(name, help=text, description=text)
        for flag in ("--json", "--debug"):
            sub.add_argument(flag, action="store_true", default=argparse.SUPPRESS)
        sub.set_defaults(command=command, show=lambda result: print_result("benchmark", result))
        return sub

    sub = add("import", _benchmark_import, "How fast small files are imported.")
    sub.add_argument("--files", type=int, default=50_000)
    sub = add("intervals", _benchmark_intervals, "How often intervals hold the truth, simulated.")
    sub.add_argument("--patients", type=int, default=60)
    sub.add_argument("--images-per-patient", type=int, default=2)
    sub.add_argument("--auc", type=float, default=0.8, help="the true one")
    sub.add_argument("--trials", type=int, default=500)
    sub = add("job", _benchmark_job, "Preparation and epochs on large photographs, both ways.")
    sub.add_argument("--images", type=int, default=120)
    sub.set_defaults(show=_show_job)
    sub = add("scale", _benchmark_scale, "100, 1,000 and 10,000 images: start, epochs, memory.")
    sub.set_defaults(show=_show_scale)
    sub = add("start", _benchmark_start, "How long the command line and the window take to start.")
    sub.set_defaults(show=_show_start)


def _benchmark_job(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.whole_job import whole_job

    return _drawn(whole_job(arguments.images), screen)


def _benchmark_scale(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.scale import scale

    return _drawn(scale(), screen)


def _benchmark_start(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.start import start

    return _drawn(start(), screen)


def _show_job(result: Result) -> None:
    from fpt_core.benchmark.whole_job import print_whole_job

    print_whole_job(result)


def _show_scale(result: Result) -> None:
    from fpt_core.benchmark.scale import print_scale

    print_scale(result)


def _show_start(result: Result) -> None:
    from fpt_core.benchmark.start import print_start

    print_start(result)


def _show_side_by_side(result: Result) -> None:
    from fpt_core.benchmark.table import print_side_by_side

    print_side_by_side(result)


def _add_project(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", type=Path, metavar="PROJECT")


def _add_preparation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--backbone", metavar="NAME", help="timm's name; default: the best here")
    parser.add_argument(
        "--weights", metavar="FILE", help=f"weights file, or {RANDOM_WEIGHTS!r} to try without"
    )
    parser.add_argument("--image-size", type=int, metavar="PX")
    parser.add_argument("--dtype", choices=("float16", "int8", "float32"), default="float16")
    parser.add_argument(
        "--memory-limit", type=int, metavar="MB", help="what the whole process may take"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


def _add_inference(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--weights", type=Path, metavar="FILE", help="the backbone's weights")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


if __name__ == "__main__":
    sys.exit(main())

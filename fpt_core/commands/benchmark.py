"""`fpt benchmark`: side by side, and the smaller ones by name."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from pathlib import Path

from fpt_core.benchmark.case import METHODS
from fpt_core.commands.arguments import backbone_choice
from fpt_core.commands.command import Result, drawn, show_result
from fpt_core.commands.screen import Screen
from fpt_core.config import METHODS as TRAINED

HELP = "Memory and speed on this machine, side by side."

_Run = Callable[[argparse.Namespace, Screen], Result]
_Show = Callable[[argparse.Namespace, Result], None]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The side by side's own settings, and the other benchmarks as commands below."""
    parser.add_argument("--quick", action="store_true", help="a ViT-Tiny, under a minute")
    parser.add_argument("--backbone", metavar="NAME", help="timm's name; its weights are random")
    parser.add_argument("--image-size", type=int, nargs="+", metavar="PX")
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--methods", nargs="+", choices=METHODS, metavar="METHOD")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"))
    parser.set_defaults(run_benchmark=_side_by_side, show_benchmark=_show_side_by_side)
    parts = parser.add_subparsers(metavar="NAME", title="instead", required=False)

    def add(name: str, run: _Run, show: _Show, text: str) -> argparse.ArgumentParser:
        sub = parts.add_parser(name, help=text, description=text)
        for flag in ("--json", "--debug"):
            sub.add_argument(flag, action="store_true", default=argparse.SUPPRESS)
        sub.set_defaults(run_benchmark=run, show_benchmark=show)
        return sub

    sub = add("accuracy", _accuracy, _show_accuracy, "The recommended method against its rivals.")
    sub.add_argument("projects", type=Path, nargs="+", metavar="PROJECT")
    sub.add_argument("--seeds", type=int, default=3, help="how often patients are divided anew")
    sub.add_argument("--folds-of-test", type=int, default=3, help="test splits of each division")
    sub.add_argument("--size", type=int, default=512, metavar="PX", help="of the backbone's input")
    sub.add_argument("--name", metavar="NAME", help="timm's name of the backbone; the best here")
    sub.add_argument("--weights", metavar="FILE", help="weights file, or 'random'")
    sub = add("import", _import, show_result, "How fast small files are imported.")
    sub.add_argument("--files", type=int, default=50_000)
    sub = add(
        "intervals", _intervals, show_result, "How often intervals hold the truth, simulated."
    )
    sub.add_argument("--patients", type=int, default=60)
    sub.add_argument("--images-per-patient", type=int, default=2)
    sub.add_argument("--auc", type=float, default=0.8, help="the true one")
    sub.add_argument("--trials", type=int, default=500)
    add("estimates", _estimates, _show_estimates, "Estimates before a run against the run.")
    sub = add("job", _job, _show_job, "Preparation and epochs on large photographs, both ways.")
    sub.add_argument("--images", type=int, default=120)
    sub = add(
        "kills", _kills, show_result, "A worker killed at random moments: are the weights the same?"
    )
    sub.add_argument("--kills", type=int, default=20)
    sub.add_argument("--seed", type=int, default=0)
    sub.add_argument("--method", choices=TRAINED, default="fpt+")
    sub = add("queue", _queue, _show_queue, "Memory while many images are answered.")
    sub.add_argument("--images", type=int, default=10_000)
    sub = add("review", _review, _show_review, "How soon a dropped image is answered.")
    sub.add_argument("model", type=Path, metavar="MODEL")
    sub.add_argument("project", type=Path, metavar="PROJECT", help="with test images")
    sub.add_argument("--images", type=int, default=20, help="at most so many")
    add("scale", _scale, _show_scale, "100, 1,000 and 10,000 images: start, epochs, memory.")
    sub = add("unlike", _unlike, _show_unlike, "How often images are told to be unlike training.")
    sub.add_argument("model", type=Path, metavar="MODEL")
    sub.add_argument("project", type=Path, metavar="PROJECT", help="the model's own")
    sub.add_argument("others", type=Path, nargs="*", metavar="FOLDER", help="of other images")
    sub = add("explain", _explain, _show_explain, "Whether heatmaps show what decides.")
    sub.add_argument("model", type=Path, metavar="MODEL")
    sub.add_argument("project", type=Path, metavar="PROJECT", help="with test images")
    sub.add_argument("--images", type=int, default=100, help="at most so many")
    sub.add_argument(
        "--from-image",
        action="store_true",
        help="paint patches over in the image, before the backbone reads it (slow)",
    )
    add("start", _start, _show_start, "How long the command line and the window take to start.")


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Run the one that was named."""
    benchmark: _Run = arguments.run_benchmark
    return benchmark(arguments, screen)


def show(arguments: argparse.Namespace, result: Result) -> None:
    """Show it in its own table."""
    show_benchmark: _Show = arguments.show_benchmark
    show_benchmark(arguments, result)


def _side_by_side(arguments: argparse.Namespace, screen: Screen) -> Result:
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
    return drawn(side_by_side(plan), screen)


def _show_side_by_side(arguments: argparse.Namespace, result: Result) -> None:
    from fpt_core.benchmark.table import print_side_by_side

    print_side_by_side(result)


def _accuracy(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.accuracy import AccuracyPlan, accuracy

    plan = AccuracyPlan(
        tuple(arguments.projects),
        arguments.seeds,
        arguments.folds_of_test,
        arguments.size,
        backbone_choice(arguments.name, arguments.weights),
    )
    return drawn(accuracy(plan), screen)


def _show_accuracy(arguments: argparse.Namespace, result: Result) -> None:
    from fpt_core.benchmark.accuracy_table import print_accuracy

    print_accuracy(result)


def _import(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.import_speed import import_speed

    return drawn(import_speed(arguments.files), screen)


def _intervals(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.intervals import IntervalsConfig, intervals

    config = IntervalsConfig(
        arguments.patients, arguments.images_per_patient, arguments.auc, trials=arguments.trials
    )
    return drawn(intervals(config), screen)


def _estimates(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.estimates import estimates

    return drawn(estimates(), screen)


def _show_estimates(arguments: argparse.Namespace, result: Result) -> None:
    from fpt_core.benchmark.estimates import print_estimates

    print_estimates(result)


def _kills(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.kills import KillsConfig, kills

    plan = KillsConfig(kills=arguments.kills, seed=arguments.seed, method=arguments.method)
    return drawn(kills(plan), screen)


def _job(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.whole_job import whole_job

    return drawn(whole_job(arguments.images), screen)


def _show_job(arguments: argparse.Namespace, result: Result) -> None:
    from fpt_core.benchmark.whole_job import print_whole_job

    print_whole_job(result)


def _queue(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.queue import queue

    return drawn(queue(arguments.images), screen)


def _show_queue(arguments: argparse.Namespace, result: Result) -> None:
    from fpt_core.benchmark.queue import print_queue

    print_queue(result)


def _review(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.review import review

    return drawn(review(arguments.model, arguments.project, arguments.images), screen)


def _show_review(arguments: argparse.Namespace, result: Result) -> None:
    from fpt_core.benchmark.review import print_review

    print_review(result)


def _scale(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.scale import scale

    return drawn(scale(), screen)


def _show_scale(arguments: argparse.Namespace, result: Result) -> None:
    from fpt_core.benchmark.scale import print_scale

    print_scale(result)


def _unlike(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.unlike import unlike

    return drawn(unlike(arguments.model, arguments.project, arguments.others), screen)


def _show_unlike(arguments: argparse.Namespace, result: Result) -> None:
    from fpt_core.benchmark.unlike import print_unlike

    print_unlike(result)


def _explain(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.explain import explain

    wanted = (arguments.model, arguments.project, arguments.images, arguments.from_image)
    return drawn(explain(*wanted), screen)


def _show_explain(arguments: argparse.Namespace, result: Result) -> None:
    from fpt_core.benchmark.explain import print_explain

    print_explain(result)


def _start(arguments: argparse.Namespace, screen: Screen) -> Result:
    from fpt_core.benchmark.start import start

    return drawn(start(), screen)


def _show_start(arguments: argparse.Namespace, result: Result) -> None:
    from fpt_core.benchmark.start import print_start

    print_start(result)

"""`fpt evaluate`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fpt_core.commands.arguments import add_inference, add_project
from fpt_core.commands.command import Result, run_job
from fpt_core.commands.screen import Screen
from fpt_core.errors import ConfigError
from fpt_core.evaluation.figure_words import figure_name, figure_text
from fpt_core.jobs.requests import EvaluateRequest

HELP = "Measure a model on one split of a project."

_SHOWN = (
    "auc",
    "auc_delong",
    "average_precision",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "f1",
    "brier",
    "calibration_slope",
    "calibration_intercept",
    "calibration_error",
)
_OVERALL = (
    "accuracy",
    "balanced_accuracy",
    "kappa",
    "quadratic_kappa",
    "log_loss",
    "calibration_error",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, the images, and how the figures are made."""
    parser.add_argument("model", type=Path, metavar="MODEL")
    add_project(parser)
    parser.add_argument("--split", choices=("train", "val", "test", "all"), default="test")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        type=pair,
        metavar="OTHER=MINE",
        help="the project's name of a class, and the model's",
    )
    parser.add_argument(
        "--by", action="append", default=[], metavar="COLUMN", help="figures by patient and column"
    )
    parser.add_argument(
        "--subgroups", action="append", default=[], metavar="COLUMN", help="its groups apart"
    )
    parser.add_argument(
        "--operating-point",
        action="append",
        default=[],
        metavar="RULE",
        help="youden, sensitivity=0.95, specificity=0.9, cost=5 or net-benefit=0.2",
    )
    parser.add_argument(
        "--prevalence",
        action="append",
        default=[],
        type=pair,
        metavar="CLASS=SHARE",
        help="predictive values where this share of people are of the class",
    )
    parser.add_argument(
        "--order", type=_names, default=(), metavar="A,B,C", help="classes that are steps"
    )
    parser.add_argument(
        "--recalibrate", type=Path, metavar="FILE", help="write a recalibrated model file"
    )
    parser.add_argument("--calibration", choices=("platt", "temperature"), default="platt")
    add_inference(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Measure it."""
    request = EvaluateRequest(
        model=arguments.model,
        project=arguments.project,
        split=arguments.split,
        weights=arguments.weights,
        device=arguments.device,
        class_map=tuple(arguments.map),
        by=tuple(arguments.by),
        subgroups=tuple(arguments.subgroups),
        operating_points=tuple(arguments.operating_point),
        prevalence=tuple((name, share(text)) for name, text in arguments.prevalence),
        order=arguments.order,
        recalibrate=arguments.recalibrate,
        calibration=arguments.calibration,
    )
    return run_job(request, screen)


def show(arguments: argparse.Namespace, result: Result) -> None:
    """An evaluation for people: figures with intervals, decisions in people, what to know."""
    for key in ("model", "project", "split", "calibration"):
        print(f"{key:<12} {result[key]}")
    for note in result["notes"] + result["drift"]:
        print(f"Note: {note}")
    tables = {"image": result["by_image"], "patient": result["by_patient"]}
    tables |= {f"patient and {column}": found for column, found in result["by"].items()}
    for unit, figures in tables.items():
        _print_figures(f"By {unit}", figures)
    for point in result["operating_points"]:
        _print_point(point)
    for column, groups in result["subgroups"].items():
        print(f"\nAUC by {column}")
        for group in groups:
            who = f"{group['value']} ({group['images']} images, {group['patients']} patients)"
            print(f"  {who:<44} {figure_text(group['auc'])}  {group['warning']}")
    if "recalibrated" in result:
        print(f"\nRecalibrated: {result['recalibrated']['model']}")
        _print_figures("By image, recalibrated", result["recalibrated"]["by_image"])


def _print_figures(title: str, figures: dict[str, Any]) -> None:
    print(f"\n{title}: {figures['images']} of {figures['patients']} patients, 95 % intervals")
    for name in _OVERALL:
        if name in figures["overall"]:
            print(f"  {figure_name(name):<24} {figure_text(figures['overall'][name])}")
    for group, found in [("mean of classes", figures["macro"]), *figures["by_class"].items()]:
        print(f"  {group}")
        for name in (*_SHOWN, "ppv_at_prevalence", "npv_at_prevalence"):
            if name in found:
                print(f"    {figure_name(name):<22} {figure_text(found[name])}")


def _print_point(point: dict[str, Any]) -> None:
    print(
        f"\n{point['class_name']} from a probability of {point['threshold']:.3f} on "
        f"({point['rule']}, chosen on {point['images']} {point['source']})"
    )
    for name in ("sensitivity", "specificity", "ppv", "npv"):
        if name in point["figures"]:
            print(f"  {figure_name(name):<24} {figure_text(point['figures'][name])}")
    people = point["of_1000_people"]
    if people is not None:
        print(
            f"  Of 1,000 people of whom {point['prevalence']:.1%} have it: "
            f"{people['found']} found, {people['missed']} missed, "
            f"{people['false_alarms']} false alarms, "
            f"{people['cleared']} rightly cleared."
        )


def pair(text: str) -> tuple[str, str]:
    """A name and a value, as ``NAME=VALUE``."""
    left, equals, right = text.partition("=")
    if not (left and equals and right):
        raise argparse.ArgumentTypeError(f"write NAME=VALUE, not {text!r}")
    return left, right


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(","))


def share(text: str) -> float:
    """A share, written as a number.

    Raises:
        ConfigError: If it is no number.
    """
    try:
        return float(text)
    except ValueError as error:
        raise ConfigError(f"{text!r} is no share.", "Give 0.1 for one in ten.") from error

"""`fpt train`."""

from __future__ import annotations

import argparse

from fpt_core.commands.arguments import add_preparation, add_project, prepare_request
from fpt_core.commands.command import Result, run_job, show_result
from fpt_core.commands.screen import Screen
from fpt_core.config import METHODS, TrainingConfig
from fpt_core.jobs.requests import TrainRequest

HELP = "Train a model; prepares what is missing by itself."
show = show_result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The method and its settings."""
    add_project(parser)
    defaults = TrainingConfig()
    parser.add_argument("--method", choices=METHODS, default="fpt+")
    parser.add_argument("--epochs", type=int, default=defaults.epochs)
    parser.add_argument("--batch-size", type=int, default=defaults.batch_size)
    parser.add_argument("--learning-rate", type=float, default=defaults.learning_rate)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--resume", metavar="RUN", help="go on with a run, with its own settings")
    add_preparation(parser)


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Prepare what is missing, then train."""
    training = TrainingConfig(
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        seed=arguments.seed,
    )
    prepare = prepare_request(arguments, arguments.method)
    return run_job(TrainRequest(prepare, training, arguments.resume), screen)

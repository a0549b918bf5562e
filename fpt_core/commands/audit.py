"""`fpt audit`."""

from __future__ import annotations

import argparse
import textwrap

from fpt_core.commands.arguments import add_project
from fpt_core.commands.command import Result, run_job
from fpt_core.commands.screen import Screen
from fpt_core.jobs.requests import AuditRequest

HELP = "Leaks, copies, shortcuts: what makes a data set misleading."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project, and whether its privacy is the question."""
    add_project(parser)
    parser.add_argument(
        "--privacy", action="store_true", help="look for identifiers that the project keeps"
    )


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Audit the project."""
    return run_job(AuditRequest(arguments.project, arguments.privacy), screen)


def show(arguments: argparse.Namespace, result: Result) -> None:
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

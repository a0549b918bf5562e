"""`fpt statement`."""

from __future__ import annotations

import argparse

from fpt_core.checklists.topics import TOPICS
from fpt_core.commands.arguments import add_project
from fpt_core.commands.command import Result
from fpt_core.commands.screen import Screen

HELP = "Show or write what only the author of a study can say, for its reports."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The project, a topic, and what is said of it."""
    add_project(parser)
    parser.add_argument("topic", nargs="?", choices=tuple(TOPICS), metavar="TOPIC")
    parser.add_argument("text", nargs="?", metavar="TEXT", help="'' takes the statement away")


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Keep the text where there is one."""
    from fpt_core.dataset.project import Project

    project = Project.open(arguments.project)
    if arguments.text is not None:
        project.state(arguments.topic, arguments.text)
    statements = project.statements()
    topics = TOPICS if arguments.topic is None else (arguments.topic,)
    return {
        "project": str(project.path),
        "statements": [
            {"topic": topic, "about": TOPICS[topic], "text": statements.get(topic, "")}
            for topic in topics
        ],
    }


def show(arguments: argparse.Namespace, result: Result) -> None:
    """A topic with its text, one below the other."""
    for row in result["statements"]:
        print(f"{row['topic']:<20} {row['about']}")
        print(f"{'':<20} {row['text'] or '-'}\n")

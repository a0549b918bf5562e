"""The command line ``fpt``: the window's twin.

Every command prints one JSON object on stdout with ``--json``; progress goes to stderr.
Exit status: 0 done, 1 the job failed, 2 wrong usage, 130 stopped by Ctrl+C.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections.abc import Sequence

from fpt_core import __version__
from fpt_core.commands import (
    audit,
    backbones,
    benchmark,
    compare,
    demo,
    doctor,
    estimate,
    evaluate,
    export,
    feedback,
    import_images,
    new,
    predict,
    prepare,
    queue,
    recipe,
    relocate,
    report,
    runs,
    show,
    statement,
    train,
    watch,
)
from fpt_core.commands.command import Command
from fpt_core.commands.screen import Screen
from fpt_core.errors import FptError
from fpt_core.standard_streams import ensure_standard_streams

_COMMANDS: dict[str, Command] = {
    "doctor": doctor,
    "demo": demo,
    "backbones": backbones,
    "new": new,
    "import": import_images,
    "relocate": relocate,
    "recipe": recipe,
    "audit": audit,
    "prepare": prepare,
    "estimate": estimate,
    "train": train,
    "queue": queue,
    "runs": runs,
    "evaluate": evaluate,
    "predict": predict,
    "watch": watch,
    "export": export,
    "compare": compare,
    "statement": statement,
    "feedback": feedback,
    "report": report,
    "show": show,
    "benchmark": benchmark,
}
"""In the order in which a person meets them."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    multiprocessing.freeze_support()
    ensure_standard_streams()
    arguments = _parser().parse_args(argv)
    command: Command = arguments.command
    screen = Screen(sys.stderr)
    try:
        result = command.run(arguments, screen)
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
        command.show(arguments, result)
    return int(result.get("answered") == 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fpt",
        description="Fine-tune an image classifier on this machine and use it. "
        "Research use only; not a medical device.",
    )
    parser.add_argument("--version", action="version", version=f"fpt {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, command in _COMMANDS.items():
        sub = commands.add_parser(name, help=command.HELP, description=command.HELP)
        sub.add_argument("--json", action="store_true", help="print one JSON object on stdout")
        sub.add_argument("--debug", action="store_true", help="show stack traces")
        sub.set_defaults(command=command)
        command.add_arguments(sub)
    return parser


if __name__ == "__main__":
    sys.exit(main())

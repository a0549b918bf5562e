"""`fpt backbones`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fpt_core.commands.command import Result, run_job, show_result
from fpt_core.commands.screen import Screen
from fpt_core.errors import FptError
from fpt_core.jobs.requests import AddBackboneRequest, DownloadBackboneRequest

HELP = "Backbones on this machine and for download; add one from a file."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The list, or one that is to come."""
    parser.set_defaults(part="list")
    parts = parser.add_subparsers(metavar="PART", title="instead of the list", required=False)
    add = parts.add_parser("add", help="take a weights file, such as from a USB stick")
    add.add_argument("file", type=Path, metavar="FILE", help="safetensors, pth, pt or bin")
    add.add_argument(
        "--name", help="timm's name; default: the file's name, or what its tensors fit"
    )
    download = parts.add_parser("download", help="fetch one that is offered")
    download.add_argument("name", metavar="NAME")
    download.add_argument("--yes", action="store_true", help="do not ask before the download")
    for name, part in (("add", add), ("download", download)):
        part.set_defaults(part=name)
        for flag in ("--json", "--debug"):
            part.add_argument(flag, action="store_true", default=argparse.SUPPRESS)


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """List, add or download."""
    if arguments.part == "add":
        return run_job(AddBackboneRequest(arguments.file, arguments.name), screen)
    if arguments.part == "download":
        _ask(arguments)
        return run_job(DownloadBackboneRequest(arguments.name), screen)
    return _list()


def show(arguments: argparse.Namespace, result: Result) -> None:
    """The list in two parts, or what has come."""
    if arguments.part != "list":
        show_result(arguments, result)
        return
    print("On this machine, the best choice first:")
    for found in result["here"]:
        print(f"  {found['name']:<48} {found['bytes'] / 1e6:6.0f} MB  {found['place']}")
        print(f"    {found['path']}")
    if not result["here"]:
        print("  none")
    if result["refused"]:
        print(f"  {result['refused']}")
    print("\nFor download with `fpt backbones download NAME`:")
    for offer in result["offered"]:
        print(f"  {offer['name']:<48} {offer['megabytes']:6.0f} MB  {offer['licence']}")
        print(f"    {offer['good_for']}")
    print(f"\nFiles are looked for in {', '.join(result['folders'])}, and added to the last.")


def _list() -> Result:
    import dataclasses

    from fpt_core.backbone_catalogue import weights_dirs
    from fpt_core.backbone_offers import list_backbones

    listed = list_backbones()
    return {
        "here": [
            {
                "name": found.name,
                "path": str(found.path),
                "bytes": found.file_bytes,
                "place": found.place,
            }
            for found in listed.here
        ],
        "offered": [dataclasses.asdict(offer) for offer in listed.offered],
        "refused": listed.refused,
        "folders": [str(folder) for folder in weights_dirs()],
    }


def _ask(arguments: argparse.Namespace) -> None:
    from fpt_core.backbone_catalogue import models_dir
    from fpt_core.backbone_offers import offer_called

    offer = offer_called(arguments.name)
    if arguments.yes:
        return
    question = (
        f"Download {offer.name}, {offer.megabytes} MB, licence {offer.licence}, into "
        f"{models_dir()}?"
    )
    if not sys.stdin.isatty():
        raise FptError(question, "Nothing is downloaded unasked: add --yes.")
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise FptError("Nothing was downloaded.", "")

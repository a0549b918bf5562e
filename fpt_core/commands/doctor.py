"""`fpt doctor`."""

from __future__ import annotations

import argparse

from fpt_core.commands.command import Result
from fpt_core.commands.screen import Screen

HELP = "Device, decoders, weights: what works here, and why not."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(arguments: argparse.Namespace, screen: Screen) -> Result:
    """Look at this machine."""
    from fpt_core.jobs.doctor import diagnose

    return diagnose()


def show(arguments: argparse.Namespace, result: Result) -> None:
    """The report, a line each."""
    device = result["device"]
    why = f" ({device['why']})" if device["why"] else ""
    print(f"{'system':<12} {result['system']}")
    print(f"{'program':<12} {result['installation']}")
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

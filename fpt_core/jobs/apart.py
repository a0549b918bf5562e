"""A function in a fresh process, waited for between events, so that it can be stopped."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Generator
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from fpt_core.dataset.read_pool import end_with_parent
from fpt_core.errors import FptError

_LOOK_EVERY_S = 0.25

Result = TypeVar("Result")


class ProcessDiedError(FptError):
    """A process that ended before it had an answer, most often for lack of memory."""


def apart(function: Callable[..., Result], *arguments: Any) -> Generator[None, None, Result]:
    """What ``function`` returns; yields while it is waited for, and ends it when closed.

    Raises:
        FptError: What the function raised.
        ProcessDiedError: If the process ended without an answer.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_call, args=(theirs, function, arguments))
    process.start()
    theirs.close()
    try:
        while not ours.poll(_LOOK_EVERY_S):
            yield
        outcome = ours.recv()
    except EOFError as error:
        raise ProcessDiedError(
            "The measurement ended before it was done, most likely for lack of memory.",
            "Close other programs, or choose a smaller image size, batch or backbone.",
        ) from error
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()
    if isinstance(outcome, FptError):
        raise outcome
    result: Result = outcome
    return result


def outcome(waiting: Generator[Any, None, Result]) -> Result:
    """What a generator returns, for those who do not care for what it yields meanwhile."""
    while True:
        try:
            next(waiting)
        except StopIteration as end:
            result: Result = end.value
            return result


def _call(connection: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    end_with_parent()
    try:
        outcome = function(*arguments)
    except FptError as error:
        outcome = error
    connection.send(outcome)

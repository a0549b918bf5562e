"""Entry of the worker process: requests and controls come in, events go out.

Nothing heavy is imported before the first request, so that a window can start
its workers at once. The process ends when the pipe closes, which also happens
when the window is killed: no worker outlives it.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import queue
import signal
import threading
from multiprocessing.connection import Connection

from fpt_core.errors import FptError
from fpt_core.events import Failed, Finished, Stopped
from fpt_core.jobs.requests import Control, Request
from fpt_core.standard_streams import ensure_standard_streams

_LOG = logging.getLogger(__name__)
_CLOSING_LIMIT_S = 10.0
_NICENESS = 5

_Inbox = queue.SimpleQueue[Request | Control | None]


def main(connection: Connection) -> None:
    """Serve requests from ``connection`` one after another until it closes."""
    ensure_standard_streams()
    if hasattr(os, "nice"):
        os.nice(_NICENESS)  # the window keeps the processor when both want it
    # Ctrl+C in a terminal reaches every process of it; the window decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # It may have children of its own, which read many files at once and end when it does.
    multiprocessing.current_process().daemon = False
    inbox: _Inbox = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, inbox), daemon=True).start()
    while (message := inbox.get()) is not None:
        if isinstance(message, Control):
            continue  # the job it was meant for has just ended
        try:
            _serve(message, connection, inbox)
        except (BrokenPipeError, ConnectionResetError):
            return


def _listen(connection: Connection, inbox: _Inbox) -> None:
    try:
        while True:
            inbox.put(connection.recv())
    except (EOFError, OSError):
        inbox.put(Control.STOP)
        inbox.put(None)
        # A job that does not reach its next event in time is left where it is:
        # all it writes is written so that it can be.
        timer = threading.Timer(_CLOSING_LIMIT_S, os._exit, args=(0,))
        timer.daemon = True
        timer.start()


def _serve(request: Request, connection: Connection, inbox: _Inbox) -> None:
    from fpt_core.jobs.run import run

    try:
        events = run(request)
        for event in events:
            connection.send(event)
            # After the last event the next request may be here already; it is not for this job.
            if not isinstance(event, Finished) and _told_to_stop(inbox):
                events.close()
                connection.send(Stopped())
                return
    except FptError as error:
        connection.send(Failed.from_error(error))
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception:
        _LOG.exception("%s failed", type(request).__name__)
        connection.send(
            Failed(
                "internal",
                "The job met an error of the program's own.",
                "What was finished is kept. The log says more.",
            )
        )


def _told_to_stop(inbox: _Inbox) -> bool:
    """Whether to stop; blocks while the job is paused."""
    paused = False
    while paused or not inbox.empty():
        message = inbox.get()
        if message is Control.STOP:
            return True
        if message is None:
            inbox.put(None)
            return True
        if isinstance(message, Control):
            paused = message is Control.PAUSE
        else:
            _LOG.error("a request arrived while another was running; it was dropped")
    return False

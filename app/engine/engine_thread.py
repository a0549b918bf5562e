"""A background thread that owns a worker process.

Requests go to the worker one after another, its events come back as signals. The
window therefore never waits for torch, a crash of the worker cannot take the window
along, and its memory is free as soon as it ends.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import queue
import time
from collections import deque
from enum import Enum
from multiprocessing.connection import Connection, Pipe, wait
from multiprocessing.process import BaseProcess

from PySide6.QtCore import QObject, QThread, Signal

from fpt_core.events import Event, Failed, Finished, StepCompleted, Stopped
from fpt_core.jobs import worker
from fpt_core.jobs.requests import Control, Request

_STEP_INTERVAL_S = 0.1
_CLOSING_LIMIT_S = 15.0
_LAST = (Finished, Stopped, Failed)


class _Retire(Enum):
    """The command to end the worker."""

    RETIRE = "retire"


class EngineThread(QThread):
    """Runs jobs in a process of its own. All methods may be called from any thread.

    Signals:
        event_received(event): An event of the job in progress; step events at most
            ten times a second.
        busy_changed(busy): A job began, or the last one ended.
        worker_died(exit_code): The worker ended without being asked to; negative
            numbers are signals. The next request starts a fresh one.
    """

    event_received = Signal(object)
    busy_changed = Signal(bool)
    worker_died = Signal(int)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._commands: queue.SimpleQueue[Request | Control | _Retire | None] = queue.SimpleQueue()
        self._wake_reader, self._wake_writer = Pipe(duplex=False)
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._waiting: deque[Request] = deque()
        self._busy = False
        self._step: StepCompleted | None = None
        self._step_due = 0.0

    @property
    def busy(self) -> bool:
        """Whether a job is in progress."""
        return self._busy

    @property
    def worker_pid(self) -> int | None:
        """The worker's process id, while there is one."""
        process = self._process
        return None if process is None else process.pid

    def submit(self, request: Request) -> None:
        """Carry out ``request`` when those before it are done."""
        self._tell(request)

    def pause(self) -> None:
        """Hold the job between two events."""
        self._tell(Control.PAUSE)

    def resume(self) -> None:
        """Let a paused job go on."""
        self._tell(Control.RESUME)

    def stop(self) -> None:
        """Stop the job between two events; what it did is kept."""
        self._tell(Control.STOP)

    def retire(self) -> None:
        """Stop the job and end the worker, whose memory is then free; the next request starts one.

        Of the job that was stopped nothing more is told.
        """
        self._tell(_Retire.RETIRE)

    def shutdown(self) -> None:
        """Stop the job, end the worker and this thread; returns when they have ended."""
        self._tell(None)
        self.wait()
        self._wake_reader.close()
        self._wake_writer.close()

    def _tell(self, command: Request | Control | _Retire | None) -> None:
        self._commands.put(command)
        with contextlib.suppress(OSError):  # after the shutdown there is nobody to wake
            self._wake_writer.send_bytes(b"x")

    # --- in the thread ------------------------------------------------------------

    def run(self) -> None:
        """The thread: waits for commands and for the worker's events."""
        while self._handle_commands():
            sources = [self._wake_reader]
            if self._connection is not None:
                sources.append(self._connection)
            timeout = None if self._step is None else max(0.0, self._step_due - time.monotonic())
            ready = wait(sources, timeout)
            if self._wake_reader in ready:
                self._wake_reader.recv_bytes()
            if self._connection is not None and self._connection in ready:
                self._receive(self._connection)
            self._flush_step(only_if_due=True)
        self._end_worker()

    def _handle_commands(self) -> bool:
        """Carry out what was asked; False where this thread is to end."""
        while not self._commands.empty():
            command = self._commands.get()
            if command is None:
                return False
            if isinstance(command, Control):
                self._control(command)
            elif isinstance(command, _Retire):
                self._retire()
            else:
                self._waiting.append(command)
        if self._waiting and not self._busy:
            self._start(self._waiting.popleft())
        return True

    def _control(self, control: Control) -> None:
        if control is Control.STOP:
            self._waiting.clear()
        if self._busy and self._connection is not None:
            with contextlib.suppress(OSError):  # its death is told when it is read from
                self._connection.send(control)

    def _start(self, request: Request) -> None:
        connection = self._connection or self._spawn()
        self._busy = True
        self.busy_changed.emit(True)
        with contextlib.suppress(OSError):  # its death is told when it is read from
            connection.send(request)

    def _spawn(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        # No daemon, which may have no children: an import reads files in processes of its own.
        self._process = context.Process(
            target=worker.main, args=(theirs,), name=f"fpt-{self.objectName()}", daemon=False
        )
        self._process.start()
        # Only the worker may hold this end: it is how either side notices the other's death.
        theirs.close()
        self._connection = ours
        return ours

    def _receive(self, connection: Connection) -> None:
        try:
            event: Event = connection.recv()
        except (EOFError, OSError):
            self._bury()
            return
        if isinstance(event, StepCompleted):
            if self._step is None:
                self._step_due = max(self._step_due, time.monotonic())
            self._step = event
            return
        self._flush_step()
        if isinstance(event, _LAST):
            self._busy = False
        self.event_received.emit(event)
        if isinstance(event, _LAST):
            self.busy_changed.emit(False)

    def _flush_step(self, *, only_if_due: bool = False) -> None:
        if self._step is None or (only_if_due and time.monotonic() < self._step_due):
            return
        self.event_received.emit(self._step)
        self._step, self._step_due = None, time.monotonic() + _STEP_INTERVAL_S

    def _bury(self) -> None:
        """The worker is gone: tell it, and be ready for a fresh one."""
        self._flush_step()
        process, connection = self._process, self._connection
        assert process is not None, "a connection has a process"
        assert connection is not None, "a worker has a connection"
        process.join()
        connection.close()
        self._process = self._connection = None
        self._waiting.clear()
        if self._busy:
            self._busy = False
            self.worker_died.emit(process.exitcode or 0)
            self.busy_changed.emit(False)

    def _retire(self) -> None:
        was_busy = self._busy
        self._end_worker()
        self._step = None
        if was_busy:
            self.busy_changed.emit(False)

    def _end_worker(self) -> None:
        process, connection = self._process, self._connection
        if process is None or connection is None:
            return
        self._control(Control.STOP)
        self._drain(connection)
        connection.close()
        process.join(_CLOSING_LIMIT_S)
        if process.is_alive():
            process.kill()
            process.join()
        self._process = self._connection = None
        self._busy = False

    def _drain(self, connection: Connection) -> None:
        """Read on until the job has stopped, so that the worker is never blocked by us."""
        limit = time.monotonic() + _CLOSING_LIMIT_S
        with contextlib.suppress(EOFError, OSError):
            while self._busy and connection.poll(max(0.0, limit - time.monotonic())):
                if isinstance(connection.recv(), _LAST):
                    return

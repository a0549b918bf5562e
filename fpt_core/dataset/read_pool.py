"""Many files read at once, each processor by a process of its own.

Decoding small files is mostly Python, so threads would wait for each other. A decoder
that crashes takes its process along, not the import.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for_handles
from typing import Generic, TypeVar

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")

_BATCH_FILES = 64
_BATCH_BYTES = 8 * 2**20
_MOST_PROCESSES = 8
_AHEAD = 2
"""Batches in hand for each process."""
_BYTES_PER_S = 30 * 2**20
"""Roughly what one process reads; only to tell whether more of them are worth their start."""
_WORTH_S = 2.0


@dataclass(frozen=True, slots=True)
class Reader(Generic[Task, Outcome]):
    """What is done with files, in whatever process.

    Its functions are found by their names in a new process, so they belong to a module.
    """

    read: Callable[[Sequence[Task]], list[Outcome]]
    """What comes out for each of a few files; it raises nothing."""
    crashed: Callable[[Task], Outcome]
    """What comes out for a file whose reading took its process along."""
    files_per_s: int
    """Roughly what one process reads of small files."""


def read_files(
    reader: Reader[Task, Outcome], tasks: Sequence[Task], sizes: Sequence[int]
) -> Iterator[tuple[int, list[Outcome]]]:
    """What comes out for all files, a few neighbours at a time: the first's index, and outcomes.

    The few come in no order.

    Args:
        reader: Reads each of them.
        tasks: The files.
        sizes: How many bytes of them are to be read, as far as that is known.
    """
    if len(tasks) / reader.files_per_s + sum(sizes) / _BYTES_PER_S < _WORTH_S:
        yield from _read_here(reader, _batches(tasks, sizes))
        return
    pool = _Pool(reader)
    try:
        yield from _read_in(pool, deque(_batches(tasks, sizes)))
    finally:
        pool.close()


def _read_in(
    pool: _Pool[Task, Outcome], batches: deque[_Batch[Task]]
) -> Iterator[tuple[int, list[Outcome]]]:
    running: dict[Future[list[Outcome]], _Batch[Task]] = {}
    while batches or running:
        while batches and len(running) < _AHEAD * pool.processes:
            batch = batches.popleft()
            running[pool.submit(batch.tasks)] = batch
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            try:
                yield running[future].start, future.result()
                del running[future]
            except BrokenProcessPool:
                suspects = [*running.values()]
                running.clear()
                pool.restart()
                if not pool.can_start():
                    yield from _read_here(pool.reader, [*suspects, *batches])
                    return
                # One of the files in hand crashed its reader: find it by reading each alone.
                for batch in suspects:
                    for index, task in enumerate(batch.tasks, start=batch.start):
                        yield index, [pool.read_alone(task)]
                break


def _read_here(
    reader: Reader[Task, Outcome], batches: Iterable[_Batch[Task]]
) -> Iterator[tuple[int, list[Outcome]]]:
    for batch in batches:
        for index, task in enumerate(batch.tasks, start=batch.start):
            yield index, reader.read([task])


class _Pool(Generic[Task, Outcome]):
    """Processes that read files."""

    def __init__(self, reader: Reader[Task, Outcome]) -> None:
        self.reader = reader
        self.processes = min(processors(), _MOST_PROCESSES)
        self._executor = self._start()

    def submit(self, tasks: Sequence[Task]) -> Future[list[Outcome]]:
        try:
            return self._executor.submit(self.reader.read, tasks)
        except BrokenProcessPool as error:  # it broke since: told when the result is asked for
            future: Future[list[Outcome]] = Future()
            future.set_exception(error)
            return future

    def read_alone(self, task: Task) -> Outcome:
        try:
            return self.submit([task]).result()[0]
        except BrokenProcessPool:
            self.restart()
            return self.reader.crashed(task)

    def can_start(self) -> bool:
        """Whether processes come up here: not from a script without a main guard, for one."""
        try:
            self._executor.submit(os.getpid).result()
        except BrokenProcessPool:
            return False
        return True

    def restart(self) -> None:
        self.close()
        self._executor = self._start()

    def close(self) -> None:
        self._executor.shutdown(cancel_futures=True)

    def _start(self) -> ProcessPoolExecutor:
        # Forking a process that has threads may lock up.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.processes, context, end_with_parent)


def end_with_parent() -> None:
    """Let this process not outlive the one that started it, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's to handle
    parent = multiprocessing.parent_process()
    assert parent is not None, "it was started by another"
    threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()


def _exit_after(sentinel: int) -> None:
    wait_for_handles([sentinel])
    os._exit(1)


def processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class _Batch(Generic[Task]):
    """Tasks that go to a process together."""

    start: int
    """Index of the first."""
    tasks: Sequence[Task]


def _batches(tasks: Sequence[Task], sizes: Sequence[int]) -> Iterator[_Batch[Task]]:
    start = batch_bytes = 0
    for index, size in enumerate(sizes):
        if index - start == _BATCH_FILES or (index > start and batch_bytes + size > _BATCH_BYTES):
            yield _Batch(start, tasks[start:index])
            start, batch_bytes = index, 0
        batch_bytes += size
    if tasks:
        yield _Batch(start, tasks[start:])

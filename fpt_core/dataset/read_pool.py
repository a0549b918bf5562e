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
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for_handles

from fpt_core.dataset.reading import Reading, ReadTask, read_file

_BATCH_FILES = 64
_BATCH_BYTES = 8 * 2**20
_MOST_PROCESSES = 8
_AHEAD = 2
"""Batches in hand for each process."""
_FILES_PER_S = 1500
_BYTES_PER_S = 30 * 2**20
"""Roughly what one process reads; only to tell whether more of them are worth their start."""
_WORTH_S = 2.0

Batch = tuple[ReadTask, ...]


def read_files(
    tasks: Sequence[ReadTask], sizes: Sequence[int]
) -> Iterator[list[tuple[ReadTask, Reading]]]:
    """The readings of all files, a few at a time and in no order.

    Args:
        tasks: The files.
        sizes: Their lengths in bytes, as far as they are known.
    """
    if len(tasks) / _FILES_PER_S + sum(sizes) / _BYTES_PER_S < _WORTH_S:
        for task in tasks:
            yield [(task, read_file(task))]
        return
    pool = _Pool()
    try:
        yield from _read_in(pool, deque(_batches(tasks, sizes)))
    finally:
        pool.close()


def _read_in(pool: _Pool, batches: deque[Batch]) -> Iterator[list[tuple[ReadTask, Reading]]]:
    running: dict[Future[list[Reading]], Batch] = {}
    while batches or running:
        while batches and len(running) < _AHEAD * pool.processes:
            batch = batches.popleft()
            running[pool.submit(batch)] = batch
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            try:
                yield list(zip(running[future], future.result(), strict=True))
                del running[future]
            except BrokenProcessPool:
                # One of the files in hand crashed its reader: find it by reading each alone.
                suspects = [task for batch in running.values() for task in batch]
                running.clear()
                pool.restart()
                for task in suspects:
                    yield [(task, pool.read_alone(task))]
                break


class _Pool:
    """Processes that read files."""

    def __init__(self) -> None:
        self.processes = min(processors(), _MOST_PROCESSES)
        self._executor = self._start()

    def submit(self, batch: Batch) -> Future[list[Reading]]:
        try:
            return self._executor.submit(_read_batch, batch)
        except BrokenProcessPool as error:  # it broke since: told when the result is asked for
            future: Future[list[Reading]] = Future()
            future.set_exception(error)
            return future

    def read_alone(self, task: ReadTask) -> Reading:
        try:
            return self.submit((task,)).result()[0]
        except BrokenProcessPool:
            self.restart()
            return Reading(
                refusal=f"{task.path.name} makes its decoder crash. "
                "It is damaged; copy or export it again."
            )

    def restart(self) -> None:
        self.close()
        self._executor = self._start()

    def close(self) -> None:
        self._executor.shutdown(cancel_futures=True)

    def _start(self) -> ProcessPoolExecutor:
        # Forking a process that has threads may lock up.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.processes, context, _end_with_parent)


def _read_batch(batch: Batch) -> list[Reading]:
    return [read_file(task) for task in batch]


def _end_with_parent() -> None:
    """Let no reader outlive the import, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the parent's to handle
    parent = multiprocessing.parent_process()
    assert parent is not None, "a reader is a child"
    threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()


def _exit_after(sentinel: int) -> None:
    wait_for_handles([sentinel])
    os._exit(1)


def processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _batches(tasks: Sequence[ReadTask], sizes: Sequence[int]) -> Iterator[Batch]:
    batch: list[ReadTask] = []
    batch_bytes = 0
    for task, size in zip(tasks, sizes, strict=True):
        if batch and (len(batch) == _BATCH_FILES or batch_bytes + size > _BATCH_BYTES):
            yield tuple(batch)
            batch, batch_bytes = [], 0
        batch.append(task)
        batch_bytes += size
    if batch:
        yield tuple(batch)

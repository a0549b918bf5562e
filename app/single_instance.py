"""One window per user and version: a second start hands its files over to the first."""

from __future__ import annotations

import getpass
import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from fpt_core.version import __version__

_PATIENCE_MS = 5000
_RETRY_MS = 200
_LARGEST_BYTES = 2**20
_TAKEN = b"taken\n"


class SingleInstance(QObject):
    """The right to be the one window, or the way to it.

    Versions do not meet: a newer program never hands a file to an older one.

    Args:
        name: Tells apart programs and users; ``None``: this version and this user.

    Signals:
        files_received(paths): Another start handed these over; may be empty.
    """

    files_received = Signal(list)

    def __init__(self, name: str | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name or _name_of_user()
        self._lock = QLockFile(str(Path(tempfile.gettempdir()) / f"{self._name}.lock"))
        self._lock.setStaleLockTime(0)  # until its process is gone, not by age
        self._server: QLocalServer | None = None

    def claim(self, files: Sequence[Path]) -> bool:
        """Become the one window, or hand ``files`` to it.

        Returns:
            Whether this process is to show a window: it is the first, or the first one
            does not answer.
        """
        deadline = QDeadlineTimer(_PATIENCE_MS)
        while not self._lock.tryLock(_RETRY_MS):
            if self._hand_over(files):
                return False
            if deadline.hasExpired():
                return True
        self._listen()
        return True

    def close(self) -> None:
        """Give the right back."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    def _hand_over(self, files: Sequence[Path]) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_RETRY_MS):
            return False
        socket.write(json.dumps([str(file) for file in files]).encode() + b"\n")
        answered = socket.waitForReadyRead(_PATIENCE_MS)
        return answered and socket.readLine().data() == _TAKEN

    def _listen(self) -> None:
        QLocalServer.removeServer(self._name)  # of a process that was killed: the lock is ours
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        self._server.listen(self._name)

    def _on_connection(self) -> None:
        assert self._server is not None, "only a server has connections"
        while (socket := self._server.nextPendingConnection()) is not None:
            files = _receive(socket)
            socket.disconnectFromServer()
            socket.deleteLater()
            if files is not None:
                self.files_received.emit(files)


def _receive(socket: QLocalSocket) -> list[Path] | None:
    """The files that another start sends at once; ``None`` from whoever sends something else."""
    while not socket.canReadLine():
        if socket.bytesAvailable() > _LARGEST_BYTES or not socket.waitForReadyRead(_RETRY_MS):
            return None
    try:
        files = [Path(file) for file in json.loads(socket.readLine().data())]
    except (ValueError, TypeError):
        return None
    socket.write(_TAKEN)
    socket.waitForBytesWritten(_RETRY_MS)
    return files


def _name_of_user() -> str:
    user = hashlib.sha256(getpass.getuser().encode()).hexdigest()[:12]
    return f"fpt-studio-{__version__}-{user}"

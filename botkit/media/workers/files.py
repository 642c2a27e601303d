"""Open files on their way from one process to another: a file without a name stays one."""

from __future__ import annotations

import os
import socket
from typing import BinaryIO


class FileSocket:
    """One end of a pair of Unix sockets. Files come in the order in which they went."""

    def __init__(self, sock: socket.socket) -> None:
        """`sock` is this one's from now on."""
        sock.setblocking(False)
        self._sock = sock

    def send(self, file: BinaryIO) -> None:
        """The other end has it as well, from its beginning. Raises `OSError` when too many are under way."""
        file.flush()
        socket.send_fds(self._sock, [b"."], [file.fileno()])

    def receive(self) -> BinaryIO:
        """The next one that was sent. Raises `OSError`: there is none."""
        said, descriptors, _, _ = socket.recv_fds(self._sock, 1, 1)
        if not said or not descriptors:
            raise OSError("the other end has sent no file")
        file = os.fdopen(descriptors[0], "rb")
        file.seek(0)
        return file

    def close(self) -> None:
        """Twice is no error."""
        self._sock.close()

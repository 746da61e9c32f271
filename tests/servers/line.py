"""A line between two programs that breaks when a test wants it to."""

import contextlib
import socket
import threading


class Line:
    """A line to the network that breaks off after ``most_bytes`` of an answer; 0 takes no call at all."""

    def __init__(self, url: str) -> None:
        self.far = int(url.rsplit(":", 1)[1])
        self.most_bytes: int | None = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "Line":
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)

    def _serve(self) -> None:
        while True:
            try:
                near, _address = self.listener.accept()
            except OSError:
                return
            if self.most_bytes == 0:
                near.close()
                continue
            threading.Thread(target=self._carry, args=(near, self.most_bytes), daemon=True).start()

    def _carry(self, near: socket.socket, most_bytes: int | None) -> None:
        with near, socket.create_connection(("127.0.0.1", self.far)) as far:
            asking = threading.Thread(target=_pump, args=(near, far, None), daemon=True)
            asking.start()
            _pump(far, near, most_bytes)
            for end in (near, far):
                # Closing alone would wait for the thread that still reads from it.
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            asking.join(10)


def _pump(source: socket.socket, sink: socket.socket, most_bytes: int | None) -> None:
    left = most_bytes
    with contextlib.suppress(OSError):
        while left is None or left > 0:
            data = source.recv(65536 if left is None else min(left, 65536))
            if not data:
                return
            sink.sendall(data)
            left = None if left is None else left - len(data)

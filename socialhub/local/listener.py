"""The socket that the pages are served on."""

import errno
import socket

from socialhub.local.problems import LocalProblem


def open_listener(host: str, port: int) -> socket.socket:
    """Listen on ``host`` and ``port`` from now on: visitors wait in the queue instead of being refused.

    :raises LocalProblem: the port is taken or not ours to take, or the host is not one of this machine.
    """
    if not 0 <= port <= 65535:
        raise LocalProblem(f"Port {port} does not exist: run with --port and a number from 1024 to 65535.")
    try:
        family, kind, _protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise LocalProblem(f"{host} is not an address of this machine: run with --host 127.0.0.1.") from error
    listener = socket.socket(family, kind)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise LocalProblem(_explain(error, host, port)) from error
    return listener


def _explain(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use: stop what uses it, or run with --port {free_port(host, port + 1)}."
    if error.errno == errno.EACCES:
        return f"Port {port} is only for the system's own servers: run with --port 8000."
    return f"{host} is not an address of this machine: run with --host 127.0.0.1."


def free_port(host: str, first: int) -> int:
    """Return the first port from ``first`` on that nobody uses."""
    for port in range(first, min(first + 100, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
            if trial.connect_ex((host, port)) != 0:
                return port
    return 0

"""An httpx transport that only reaches public addresses, and never longer than its deadline allows."""

import functools
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import certifi
import httpcore
import httpx

# ``is_global`` of Python 3.11 passes these, and each leads inside: addresses
# that wrap an IPv4 address, relays, and the site-local and multicast ranges.
_NEVER = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "224.0.0.0/4",
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "fec0::/10",
        "ff00::/8",
    )
)


class AddressNotPublic(httpcore.ConnectError):
    """The name leads to an address inside the network."""


class DeadlinePassed(httpcore.TimeoutException):
    """The whole exchange took longer than it may."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is on the public internet, whatever it is wrapped in."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ip.is_global and not any(ip.version == network.version and ip in network for network in _NEVER)


def checked_addresses(host: str, port: int, *, allowed_hosts: Collection[str], timeout: float) -> list[str]:
    """Return the addresses of a host, each of which may be connected to.

    Connect to one of them and not to the name: that could lead elsewhere by then.
    ``allowed_hosts`` is that of ``GuardedTransport``.

    :raises AddressNotPublic: one of them is inside the network, and the host is not allowed.
    :raises httpcore.ConnectError: there is no such host.
    :raises httpcore.ConnectTimeout: nobody could say in time.
    """
    addresses = _resolve(host, port, timeout)
    # Every address, not one of them: a name with one public and one inner
    # address would otherwise lead inside on a lucky try.
    if not is_allowed(host, port, allowed_hosts) and not all(is_public(address) for address in addresses):
        raise AddressNotPublic(host)
    return addresses


def is_allowed(host: str, port: int, allowed_hosts: Collection[str]) -> bool:
    """Tell whether a host is among those, named as ``host`` or ``host:port``, that may be inside the network."""
    allowed = {allowed.casefold() for allowed in allowed_hosts}
    return not allowed.isdisjoint({host.casefold(), f"{host.casefold()}:{port}"})


class GuardedTransport(httpx.BaseTransport):
    """Carry requests of one exchange: every address checked, connected to as checked, all before ``deadline``.

    ``allowed_hosts`` names hosts inside the network, as ``host`` or ``host:port``,
    that may be reached all the same. ``deadline`` is a ``time.monotonic()`` value.
    Redirects are not followed here: each hop is a request of its own.
    """

    def __init__(self, *, allowed_hosts: Collection[str], deadline: float) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=trusted_authorities(),
            network_backend=_GuardedBackend(allowed_hosts, deadline),
            max_keepalive_connections=0,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.read(),
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


@functools.cache
def trusted_authorities() -> ssl.SSLContext:
    """Trust the machine's authorities, a company's own among them, and the bundled ones where the machine has none."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _GuardedBackend(httpcore.NetworkBackend):
    def __init__(self, allowed_hosts: Collection[str], deadline: float) -> None:
        self._allowed_hosts = allowed_hosts
        self._deadline = deadline
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = checked_addresses(
            host, port, allowed_hosts=self._allowed_hosts, timeout=_time_left(self._deadline, timeout)
        )
        failure: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError("no address")
        for address in addresses:
            try:
                stream = self._backend.connect_tcp(
                    address,
                    port,
                    timeout=_time_left(self._deadline, timeout),
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _DeadlineStream(stream, self._deadline)
        raise failure


class _DeadlineStream(httpcore.NetworkStream):
    """Let each read and write wait only for what is left, so that a slow drip ends in time, headers included."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _time_left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _time_left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _time_left(self._deadline, timeout))
        return _DeadlineStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _time_left(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise DeadlinePassed
    return left if timeout is None else min(left, timeout)


def _resolve(host: str, port: int, timeout: float) -> list[str]:
    """Return the addresses of a host; the system's resolver has no timeout, so it is asked from a thread."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answers.put(error)
        else:
            answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        answer = answers.get(timeout=timeout)
    except queue.Empty:
        raise httpcore.ConnectTimeout(host) from None
    if isinstance(answer, Exception):
        raise httpcore.ConnectError(host) from answer
    return answer

"""Action servers that misbehave, on real sockets."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from recorder.actions.client import Reply
from recorder.actions.http import MAX_ANSWER, HttpTransport
from recorder.errors import ActionServerSilent, EndpointUnusable
from recorder.formats.endpoints_yaml import ActionEndpoint
from tests.action_server import free_port

Behaviour = Callable[[socket.socket], None]
BODY = b'{"events": [], "responses": []}'
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


class Server:
    """Accepts connections; each is a thread that reads one request and then behaves as it is told."""

    def __init__(self, behave: Behaviour, context: ssl.SSLContext | None = None) -> None:
        self._behave, self._context = behave, context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.requests: list[bytes] = []
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        scheme = "https" if self._context else "http"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/webhook"

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with self._secured(connection) as peer:
                while request := read_request(peer):
                    self.requests.append(request)
                    self._behave(peer)
        except OSError:  # the client has left
            connection.close()

    def _secured(self, connection: socket.socket) -> socket.socket:
        return self._context.wrap_socket(connection, server_side=True) if self._context else connection


def read_request(peer: socket.socket) -> bytes:
    """One request with its body; empty where the connection ends."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = peer.recv(65_536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = int(lengths[0].split(b":")[1]) - len(body) if lengths else 0
    while missing > 0:
        part = peer.recv(missing)
        data, missing = data + part, missing - len(part)
    return data


@contextmanager
def serving(behave: Behaviour, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(behave, context)
    try:
        yield server
    finally:
        server.close()


def sends(data: bytes) -> Behaviour:
    return lambda peer: peer.sendall(data)


def sends_and_leaves(data: bytes) -> Behaviour:
    def behave(peer: socket.socket) -> None:
        peer.sendall(data)
        peer.shutdown(socket.SHUT_RDWR)

    return behave


def trickles(data: bytes, pause: float) -> Behaviour:
    """A byte now and then, for ever after the last one."""

    def behave(peer: socket.socket) -> None:
        for byte in data:
            peer.sendall(bytes([byte]))
            time.sleep(pause)
        time.sleep(10)

    return behave


def call(server: Server, seconds: float = 5.0, body: bytes | None = b"{}") -> Reply:
    return HttpTransport(ActionEndpoint(server.url))(body, seconds)


def test_a_request_is_sent_as_it_is_with_what_the_server_wants_to_know() -> None:
    with serving(sends(OK)) as server:
        endpoint = ActionEndpoint(server.url, (("token", "a b"),), {"X-Key": "k", "Authorization": "Basic x"})

        assert HttpTransport(endpoint)(b'{"next_action": "a"}', 5.0) == Reply(200, BODY)

        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert body == b'{"next_action": "a"}'
        assert head.startswith(b"POST /webhook?token=a+b HTTP/1.1\r\n")
        for line in (b"X-Key: k", b"Authorization: Basic x", b"Content-Type: application/json"):
            assert line in head.split(b"\r\n")


def test_the_list_of_actions_lies_beside_the_webhook() -> None:
    with serving(sends(OK)) as server:
        call(server, body=None)

        assert server.requests[0].startswith(b"GET /actions HTTP/1.1\r\n")


def test_a_connection_is_used_again() -> None:
    with serving(sends(OK)) as server:
        transport = HttpTransport(ActionEndpoint(server.url))
        for _ in range(5):
            transport(b"{}", 5.0)

        assert (server.connections, len(server.requests)) == (1, 5)


def test_a_connection_that_the_server_closed_meanwhile_is_not_used_again() -> None:
    with serving(sends_and_leaves(OK)) as server:
        transport = HttpTransport(ActionEndpoint(server.url))
        for _ in range(3):
            assert transport(b"{}", 5.0).status == 200
            time.sleep(0.05)

        assert server.connections == 3


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    with serving(sends(OK)) as server:
        assert call(server).status == 200


def test_a_redirect_is_not_followed() -> None:
    with serving(sends_and_leaves(OK)) as other:
        moved = f"HTTP/1.1 302 Found\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n".encode()
        with serving(sends(moved)) as server:
            assert call(server).status == 302
        assert other.requests == []


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (sends_and_leaves(b""), "Server disconnected"),
        (sends_and_leaves(b"HTTP/1.1 200 OK\r\nContent-Le"), "Server disconnected|no whole answer"),
        (
            sends_and_leaves(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}"),
            "received 2 bytes, expected 99",
        ),
        (sends_and_leaves(b"SSH-2.0-OpenSSH\r\n"), "no whole answer"),
        (sends_and_leaves(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), "no whole answer"),
        (sends_and_leaves(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000), "no whole answer"),
    ],
)
def test_an_answer_that_is_none_says_so(behave: Behaviour, reason: str) -> None:
    with serving(behave) as server, pytest.raises(ActionServerSilent, match=reason) as error:
        call(server)

    assert error.value.sent


def test_a_length_that_is_too_short_cuts_the_answer() -> None:
    with serving(sends_and_leaves(OK.replace(b"Length: %d" % len(BODY), b"Length: 5"))) as server:
        assert call(server) == Reply(200, BODY[:5])  # which is no JSON, as the protocol will say


def test_an_answer_of_any_size_is_given_up_at_the_limit() -> None:
    sent = 0

    def behave(peer: socket.socket) -> None:
        nonlocal sent
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n")
        for _ in range(200):
            peer.sendall(b" " * 1_000_000)
            sent += 1_000_000

    with serving(behave) as server, pytest.raises(ActionServerSilent, match="larger than 10 MB"):
        call(server)

    time.sleep(0.2)
    assert sent < 3 * MAX_ANSWER  # what the sockets hold, and no more


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(lambda peer: time.sleep(10), id="says nothing"),
        pytest.param(trickles(OK[:20], 0.05), id="a byte of the head now and then"),
        pytest.param(trickles(OK, 0.02), id="a byte of the body now and then"),
    ],
)
def test_one_time_limit_holds_for_a_whole_call(behave: Behaviour) -> None:
    with serving(behave) as server, pytest.raises(ActionServerSilent) as error:
        before = time.monotonic()
        call(server, seconds=0.5)

    assert time.monotonic() - before < 2.0
    assert (error.value.sent, error.value.late) == (True, True)


def test_a_request_that_nobody_reads_is_given_up_in_time() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, pytest.raises(ActionServerSilent) as error:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/webhook"
        before = time.monotonic()
        HttpTransport(ActionEndpoint(url))(b" " * 50_000_000, 0.5)

    assert time.monotonic() - before < 2.0
    assert error.value.late


def test_where_nobody_listens_nothing_was_sent() -> None:
    transport = HttpTransport(ActionEndpoint(f"http://127.0.0.1:{free_port()}/webhook"))

    with pytest.raises(ActionServerSilent, match="Connection refused") as error:
        transport(b"{}", 5.0)

    assert not error.value.sent


def test_a_host_that_is_not_there_is_said() -> None:
    with pytest.raises(ActionServerSilent) as error:
        HttpTransport(ActionEndpoint("http://no-such-host.invalid/webhook"))(b"{}", 5.0)

    assert not error.value.sent
    assert error.value.reason


def certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "action server")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "server.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def test_tls_is_spoken_where_the_certificate_is_trusted_and_else_nothing_is_sent(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    with serving(sends(OK), context) as server:
        trusting = HttpTransport(ActionEndpoint(server.url, cafile=str(file)))
        assert trusting(b"{}", 5.0) == Reply(200, BODY)

        with pytest.raises(ActionServerSilent, match="certificate is not trusted: self-signed") as error:
            call(server)

        assert not error.value.sent
        assert len(server.requests) == 1


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_said_at_once(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)

    with pytest.raises(EndpointUnusable, match=r"ca\.pem"):
        HttpTransport(ActionEndpoint("https://localhost/webhook", cafile=str(file)))

"""Brokers of the tests' own: a RabbitMQ node of the installed program, a Kafka cluster in librdkafka."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import confluent_kafka as kafka
import pika
import pytest

PROGRAM: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


@dataclass
class Rabbit:
    """One node; `folder` holds all that it has."""

    folder: Path
    port: int

    def start(self) -> None:
        """Returns when it can be connected to."""
        (self.folder / "conf").write_text(
            f"listeners.tcp.local = 127.0.0.1:{self.port}\nlog.console = false\n"
        )
        (self.folder / "plugins").write_text("[].")
        files = {
            name: str(self.folder / name) for name in ("mnesia", "log", "conf", "plugins", "pid", "none")
        }
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),  # Erlang's cookie
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self.port + 1),
            "RABBITMQ_MNESIA_BASE": files["mnesia"],
            "RABBITMQ_LOG_BASE": files["log"],
            "RABBITMQ_CONFIG_FILE": files["conf"],
            "RABBITMQ_ENABLED_PLUGINS_FILE": files["plugins"],
            "RABBITMQ_CONF_ENV_FILE": files["none"],
            "RABBITMQ_PID_FILE": files["pid"],
        }
        with (self.folder / "out").open("ab") as out:
            self._process = subprocess.Popen([PROGRAM], env=environment, stdout=out, stderr=out)
        deadline = time.monotonic() + 120
        while True:
            try:
                self.connect().close()
                return
            except (pika.exceptions.AMQPError, OSError):
                assert time.monotonic() < deadline, (self.folder / "out").read_text()
                time.sleep(0.1)

    def kill(self) -> None:
        """kill -9: what is durable must be there when it starts again."""
        with suppress(ProcessLookupError):
            os.kill(int((self.folder / "pid").read_text()), signal.SIGKILL)
        self._process.wait()

    def connect(self) -> pika.BlockingConnection:
        return pika.BlockingConnection(pika.URLParameters(self.url("")))

    def url(self, queue: str, user: str = "guest:guest") -> str:
        return f"amqp://{user}@127.0.0.1:{self.port}/" + (f"?queue={queue}" if queue else "")


@pytest.fixture(scope="session")
def rabbit() -> Iterator[Rabbit]:
    if not PROGRAM.exists():
        pytest.skip("no RabbitMQ is installed")
    with tempfile.TemporaryDirectory(prefix="rabbit", ignore_cleanup_errors=True) as folder:
        node = Rabbit(Path(folder), _free_ports())
        node.start()
        yield node
        node.kill()


def _free_ports() -> int:
    """A port that is free, and so is the next."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            with suppress(OSError, OverflowError):
                two.bind(("127.0.0.1", port + 1))
                return port


@dataclass
class MockKafka:
    """librdkafka's own cluster: it speaks Kafka's protocol, groups included, and keeps all in memory."""

    producer: kafka.Producer
    servers: str

    def send(self, topic: str, key: str, body: bytes) -> None:
        self.producer.produce(topic, body, key.encode())

    def flush(self) -> None:
        assert self.producer.flush(30) == 0

    def url(self, topic: str, group: str = "recorder") -> str:
        # A group waits for three seconds for more to join; the session's end tells of who was killed.
        return (
            f"kafka://{self.servers}/{topic}?group={group}&session.timeout.ms=4000&heartbeat.interval.ms=200"
        )


@pytest.fixture(scope="session")
def mock_kafka() -> MockKafka:
    producer = kafka.Producer({"test.mock.num.brokers": 1, "log_level": 0})
    found = producer.list_topics(timeout=30).brokers.values()
    return MockKafka(producer, ",".join(f"{each.host}:{each.port}" for each in found))

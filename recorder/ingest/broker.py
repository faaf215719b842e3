"""What a message broker delivers, at least once each, and how it is told that the log has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol
from urllib.parse import SplitResult, parse_qsl, urlsplit

from recorder.errors import BrokerUnusable

SCHEMES: Final = ("amqp", "amqps", "kafka")

Warn = Callable[[str], None]
"""Told, in a sentence, what went wrong and is tried again."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message, as it came."""

    body: bytes
    place: str
    """Where it was: queue, or topic, partition and offset."""
    sent_at: datetime | None = None
    """By the broker's clock, where it says so."""
    again: bool = False
    """It may have been delivered before."""


class Consumer(Protocol):
    """The messages of one or several partitions, in the order of each. Connects again by itself."""

    name: str
    """Of the queue or topic."""

    def receive(self, most: int, wait: float) -> list[Message]:
        """At most so many; what came within `wait` seconds of the first. Empty when nothing came."""
        ...

    def acknowledge(self) -> None:
        """All that was received is kept. What is not acknowledged is delivered again."""
        ...

    def close(self) -> None: ...


def open_consumer(url: str, warn: Warn) -> Consumer:
    """What a URL names: `amqp://…/?queue=NAME` or `kafka://host:port/topic?group=NAME`.

    Raises:
        BrokerUnusable: it names nothing, the broker does not answer, or its library is not installed.
    """
    try:
        match urlsplit(url).scheme:
            case "kafka":
                from recorder.ingest.kafka import KafkaConsumer

                return KafkaConsumer(url, warn)
            case "amqp" | "amqps":
                from recorder.ingest.rabbitmq import RabbitConsumer

                return RabbitConsumer(url, warn)
    except ValueError as error:
        raise BrokerUnusable("the broker", f"its URL cannot be read: {error}") from None
    except ImportError as error:
        extra = "kafka" if url.startswith("kafka") else "rabbitmq"
        advice = f"pip install 'session-recorder[{extra}]'"
        raise BrokerUnusable(shown(url), f"{error.name} is not installed; {advice}") from None
    raise BrokerUnusable("the broker", f"its URL begins with none of {', '.join(SCHEMES)}")


def shown(url: str) -> str:
    """The URL for people: no password, no options."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return SplitResult(parts.scheme, place, parts.path, "", "").geturl()


def options(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def partition_of(session: str, partitions: int) -> int:
    """All of a session goes to one partition, whoever works it out."""
    return int.from_bytes(sha256(session.encode("utf-8", "replace")).digest()[:8], "big") % partitions

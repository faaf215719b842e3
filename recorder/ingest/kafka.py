"""Rasa's events from Kafka: the consumers of a group share the partitions of a topic between them.

Rasa sends all of a session to one partition when `partition_by_sender` is true, so each session has
one consumer at a time and keeps its order.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import confluent_kafka as kafka

from recorder.errors import BrokerUnusable
from recorder.ingest.broker import Message, Warn, options, shown

_IDLE: Final = 0.5
"""Seconds to wait for a first message."""
_HOPELESS: Final = frozenset(
    {
        kafka.KafkaError._AUTHENTICATION,
        kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED,
        kafka.KafkaError.GROUP_AUTHORIZATION_FAILED,
        kafka.KafkaError.SASL_AUTHENTICATION_FAILED,
    }
)


class KafkaConsumer:
    """A `Consumer` of a topic. `group` names the group; other options of the URL are librdkafka's own."""

    def __init__(self, url: str, warn: Warn) -> None:
        """Raises BrokerUnusable."""
        parts, own = urlsplit(url), options(url)
        self.name = parts.path.strip("/")
        self._broker, self._warn = shown(url), warn
        if not self.name or not parts.netloc:
            raise BrokerUnusable(self._broker, "the URL is kafka://HOST:PORT/TOPIC?group=NAME")
        settings = {
            "bootstrap.servers": parts.netloc,
            "group.id": own.pop("group", "recorder"),
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "error_cb": lambda error: warn(f"{self._broker}: {error.str()}"),
            "log_level": 0,  # what it would print is told to `error_cb`
        }
        self._behind: dict[int, int] = {}
        """Partition -> offset behind the last message received."""
        try:
            self._consumer = kafka.Consumer({**settings, **own})
            self._consumer.list_topics(self.name, timeout=10)
        except kafka.KafkaException as error:
            raise BrokerUnusable(self._broker, error.args[0].str()) from None
        self._consumer.subscribe([self.name], on_lost=lambda *_: self._behind.clear())

    def receive(self, most: int, wait: float) -> list[Message]:
        first = self._consumer.consume(1, _IDLE)
        more = self._consumer.consume(most - 1, wait) if first and most > 1 else []
        return [self._read(each) for each in (*first, *more) if self._holds(each)]

    def acknowledge(self) -> None:
        places = [kafka.TopicPartition(self.name, *each) for each in self._behind.items()]
        self._behind.clear()
        try:
            if places:
                self._consumer.commit(offsets=places, asynchronous=False)
        except kafka.KafkaException as error:  # somebody else has the partition: who will read it again
            self._warn(f"{self._broker}: {error.args[0].str()}")

    def close(self) -> None:
        self._consumer.close()

    def _holds(self, each: kafka.Message) -> bool:
        error = each.error()
        if error is None:
            return True
        if error.fatal() or error.code() in _HOPELESS:
            raise BrokerUnusable(self._broker, error.str())
        self._warn(f"{self._broker}: {error.str()}")
        return False

    def _read(self, each: kafka.Message) -> Message:
        partition, offset = each.partition(), each.offset()
        assert partition is not None and offset is not None
        self._behind[partition] = offset + 1
        kind, milliseconds = each.timestamp()
        sent_at = None
        if kind != kafka.TIMESTAMP_NOT_AVAILABLE and milliseconds > 0:
            sent_at = datetime.fromtimestamp(milliseconds / 1000, UTC)
        body = each.value()
        return Message(_bytes(body), f"{self.name}[{partition}]@{offset}", sent_at)


def _bytes(body: object) -> bytes:
    return body if isinstance(body, bytes) else str(body or "").encode()

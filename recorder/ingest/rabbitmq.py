"""Rasa's events from RabbitMQ: from one queue, or from partitions of it.

Rasa's broker says nothing of a message from which RabbitMQ could tell whose it is. With `partitions=N`
they are therefore dealt out by session to the queues NAME.0 to NAME.N-1, by whichever process is the
first to ask for NAME. (Who publishes with the session as routing key may let a consistent-hash
exchange feed these queues instead.) Each of them has one active consumer, which RabbitMQ sees to.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPConnectionError, AMQPError, ChannelClosedByBroker, ProbableAuthenticationError

from recorder.errors import BrokerUnusable, NotationError
from recorder.formats.json_text import parse
from recorder.ingest.broker import Message, Warn, options, partition_of, shown
from recorder.ingest.conversations import conversations

logging.getLogger("pika").setLevel(logging.CRITICAL)  # it would tell what it raises as well

_IDLE: Final = 0.5
"""Seconds to wait for a first message, and before a connection is made again."""
_AHEAD: Final = 1_000
"""Messages that the broker sends before they are acknowledged."""
_DEALT: Final = 200
"""Messages that are dealt out in one transaction."""
_ONE_AT_A_TIME: Final = {"x-single-active-consumer": True}


@dataclass(frozen=True, slots=True)
class Address:
    """What a URL says."""

    connection: pika.URLParameters
    shown: str
    queue: str
    exchange: str
    """A fanout exchange to bind the queue to; empty: whoever publishes has done so, as Rasa does."""
    partitions: int
    mine: list[int]
    """Which of them to consume."""

    @classmethod
    def of(cls, url: str) -> Address:
        """Raises BrokerUnusable."""
        own = options(url)
        queue, exchange = own.pop("queue", ""), own.pop("exchange", "")
        numbers = [own.pop("partitions", "0"), own.pop("partition", "")]
        if not queue or not all(each.isdecimal() for each in numbers if each):
            form = "amqp://USER:PASSWORD@HOST/?queue=NAME[&partitions=N[&partition=I]]"
            raise BrokerUnusable(shown(url), f"the URL is {form}")
        partitions = int(numbers[0])
        mine = [int(numbers[1])] if numbers[1] else [*range(partitions)]
        if any(each >= partitions for each in mine):
            raise BrokerUnusable(shown(url), f"there is no partition {mine[0]} of {partitions}")
        plain = urlunsplit(urlsplit(url)._replace(query=urlencode(own)))
        return cls(pika.URLParameters(plain), shown(url), queue, exchange, partitions, mine)

    @property
    def queues(self) -> list[str]:
        return [self.partition(each) for each in self.mine] if self.partitions else [self.queue]

    def partition(self, number: int) -> str:
        return f"{self.queue}.{number}"


class RabbitConsumer:
    """A `Consumer` of a queue, or of some of its partitions."""

    def __init__(self, url: str, warn: Warn) -> None:
        """Raises BrokerUnusable."""
        self._address, self._warn = Address.of(url), warn
        self.name = self._address.queue
        self._came: deque[tuple[int, Message]] = deque()
        self._last = 0
        """Tag of the last message that was received."""
        self._channel: BlockingChannel | None = None
        self._dealer = _Dealer(self._address, warn) if self._address.partitions else None
        try:
            self._open()
        except (AMQPError, OSError) as error:
            raise BrokerUnusable(self._address.shown, _reason(error)) from None
        if self._dealer:
            self._dealer.start()

    def receive(self, most: int, wait: float) -> list[Message]:
        with self._minding():
            channel = self._channel or self._open()
            channel.connection.process_data_events(time_limit=0 if self._came else _IDLE)
            end = time.monotonic() + wait
            while 0 < len(self._came) < most and (left := end - time.monotonic()) > 0:
                channel.connection.process_data_events(time_limit=left)
        taken = [self._came.popleft() for _ in range(min(most, len(self._came)))]
        self._last = taken[-1][0] if taken else self._last
        return [message for _, message in taken]

    def acknowledge(self) -> None:
        with self._minding():
            if self._channel and self._last:
                self._channel.basic_ack(self._last, multiple=True)
        self._last = 0

    def close(self) -> None:
        if self._dealer:
            self._dealer.stop()
        self._drop()

    def _open(self) -> BlockingChannel:
        channel = pika.BlockingConnection(self._address.connection).channel()
        try:
            for queue in self._address.queues:
                channel = _declared(channel, queue, _ONE_AT_A_TIME if self._address.partitions else None)
            if not self._address.partitions:
                _bind(channel, self._address)
            channel.basic_qos(prefetch_count=_AHEAD)
            for queue in self._address.queues:
                channel.basic_consume(queue, self._keeper(queue))
        except BaseException:
            channel.connection.close()
            raise
        self._channel = channel
        return channel

    def _keeper(self, queue: str) -> Any:
        def keep(channel: object, method: Any, properties: pika.BasicProperties, body: bytes) -> None:
            sent_at = datetime.fromtimestamp(properties.timestamp, UTC) if properties.timestamp else None
            self._came.append((method.delivery_tag, Message(body, queue, sent_at, method.redelivered)))

        return keep

    @contextmanager
    def _minding(self) -> Iterator[None]:
        """A connection that is lost is made again at the next call; what was not acknowledged comes again."""
        try:
            yield
        except (AMQPError, OSError) as error:
            self._drop()
            self._warn(f"{self._address.shown}: {_reason(error)}; trying again")
            time.sleep(_IDLE)

    def _drop(self) -> None:
        channel, self._channel, self._last = self._channel, None, 0
        self._came.clear()
        if channel is not None:
            with suppress(AMQPError, OSError):
                channel.connection.close()


class _Dealer(Thread):
    """Moves messages from the queue to its partitions, by session; in each transaction all or none.

    It consumes the queue alone: another process that would deal, too, waits until this one has gone.
    """

    def __init__(self, address: Address, warn: Warn) -> None:
        super().__init__(name="dealer", daemon=True)
        self._address, self._warn, self._told = address, warn, Event()

    def stop(self) -> None:
        self._told.set()
        self.join()

    def run(self) -> None:
        while not self._told.is_set():
            try:
                self._deal()
            except (AMQPError, OSError) as error:
                if not (isinstance(error, ChannelClosedByBroker) and error.reply_code == 403):
                    self._warn(f"{self._address.shown}: {_reason(error)}; trying again")
                self._told.wait(_IDLE)

    def _deal(self) -> None:
        connection = pika.BlockingConnection(self._address.connection)
        try:
            channel = _declared(connection.channel(), self._address.queue)
            _bind(channel, self._address)
            for number in range(self._address.partitions):
                channel = _declared(channel, self._address.partition(number), _ONE_AT_A_TIME)
            channel.basic_qos(prefetch_count=_DEALT)
            channel.tx_select()
            came: list[tuple[int, pika.BasicProperties, bytes]] = []
            channel.basic_consume(
                self._address.queue,
                lambda _, method, properties, body: came.append((method.delivery_tag, properties, body)),
                exclusive=True,
            )
            while not self._told.is_set():
                connection.process_data_events(time_limit=_IDLE)
                if came:
                    self._move(channel, came)
                    came.clear()
        finally:
            with suppress(AMQPError, OSError):
                connection.close()

    def _move(self, channel: BlockingChannel, came: list[tuple[int, pika.BasicProperties, bytes]]) -> None:
        for _, properties, body in came:
            queue = self._address.partition(partition_of(_session(body), self._address.partitions))
            properties.delivery_mode = 2  # on disk
            channel.basic_publish("", queue, body, properties)
        channel.basic_ack(came[-1][0], multiple=True)
        channel.tx_commit()


def _declared(
    channel: BlockingChannel, queue: str, arguments: dict[str, Any] | None = None
) -> BlockingChannel:
    """The queue is there; one that is there already stays what it is. A refusal costs the channel."""
    connection = channel.connection
    try:
        channel.queue_declare(queue, passive=True)
    except ChannelClosedByBroker as error:
        if error.reply_code != 404:
            raise
        channel = connection.channel()
        channel.queue_declare(queue, durable=True, arguments=arguments)
    return channel


def _bind(channel: BlockingChannel, address: Address) -> None:
    if address.exchange:
        channel.queue_bind(address.queue, address.exchange)


def _session(body: bytes) -> str:
    """Whose message it is; what cannot be read is left to the partition's consumer to refuse."""
    try:
        found, _ = conversations(parse(body))
    except NotationError:
        return ""
    return found[0].session if found else ""


def _reason(error: Exception) -> str:
    if isinstance(error, ProbableAuthenticationError):
        return "it refuses this user and password"
    if isinstance(error, ChannelClosedByBroker):
        return str(error.reply_text)
    if type(error) is AMQPConnectionError:
        return "it cannot be reached"
    return str(error) or "the connection was lost"

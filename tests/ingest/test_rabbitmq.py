"""Events from RabbitMQ: a broker of the tests' own, and processes that are killed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pika
import pytest

from recorder.cli import main
from recorder.errors import BrokerUnusable
from recorder.ingest.broker import open_consumer, partition_of
from recorder.services.consuming import Intake, Tally
from recorder.store.memory import MemoryLog
from recorder.store.sql import SqlLog
from tests.brokers import Rabbit
from tests.ingest.given_broker import conversation, ingesting, received, told, until


def publish(rabbit: Rabbit, queue: str, bodies: Sequence[Any]) -> None:
    """As Rasa does: persistent, into a durable queue, without any sign of whose it is."""
    connection = rabbit.connect()
    channel = connection.channel()
    channel.queue_declare(queue, durable=True)
    channel.tx_select()
    for body in bodies:
        text = body if isinstance(body, bytes) else orjson.dumps(body)
        channel.basic_publish("", queue, text, pika.BasicProperties(delivery_mode=2))
    channel.tx_commit()
    connection.close()


def left(rabbit: Rabbit, queue: str) -> int:
    """Messages that wait in a queue that nobody consumes any more."""
    connection = rabbit.connect()
    count: int = connection.channel().queue_declare(queue, passive=True).method.message_count
    connection.close()
    return count


def test_what_was_not_acknowledged_comes_again_and_adds_nothing(rabbit: Rabbit) -> None:
    log, tally = MemoryLog(), Tally()
    publish(rabbit, "again", conversation("s", 5))

    for _ in range(2):  # the first is gone before it acknowledges
        consumer = open_consumer(rabbit.url("again"), print)
        Intake(log, "again").take(received(consumer, 5), tally)
        if tally.messages > 5:
            consumer.acknowledge()
        consumer.close()

    assert told(log, "s") == [0, 1, 2, 3, 4]
    assert (tally.new, tally.already_there) == (5, 5)
    assert left(rabbit, "again") == 0


def test_processes_and_a_broker_that_are_killed_lose_nothing_and_double_nothing(
    rabbit: Rabbit, url: str, sql_log: SqlLog, tmp_path: Path
) -> None:
    sessions = [f"s{n}" for n in range(20)]
    many = [each for turn in zip(*(conversation(s, 100) for s in sessions), strict=True) for each in turn]
    poison: list[Any] = [b"{", {"event": "action"}]
    publish(rabbit, "killed", [*many[:500], *poison, *many[500:1000]])
    rejected = tmp_path / "rejected.jsonl"

    with ingesting(rabbit.url("killed"), url, rejected):
        until(lambda: sql_log.position() > 200)  # killed at the end of this block
    publish(rabbit, "killed", many[1000:])
    before = sql_log.position()
    with ingesting(rabbit.url("killed"), url, rejected) as process:
        until(lambda: sql_log.position() > before)  # so it is connected
        rabbit.kill()
        rabbit.start()
        publish(rabbit, "killed", conversation("late", 10))
        until(lambda: told(sql_log, "late") == [*range(10)])
        process.terminate()

        assert process.wait(60) == 0

    assert {s: told(sql_log, s) for s in sessions} == {s: [*range(100)] for s in sessions}
    assert {orjson.loads(line)["body"] for line in rejected.read_bytes().splitlines()} == {
        "{",
        '{"event":"action"}',
    }
    assert left(rabbit, "killed") == 0


def test_two_processes_share_the_partitions_and_each_session_keeps_its_order(
    rabbit: Rabbit, url: str, sql_log: SqlLog, tmp_path: Path
) -> None:
    sessions = [f"s{n}" for n in range(10)]
    streams = {s: conversation(s, 30) for s in sessions}
    luck, mixed = Random(1), []
    while alive := [s for s in sessions if streams[s]]:
        mixed.append(streams[luck.choice(alive)].pop(0))
    publish(rabbit, "parts", [*mixed, b"poison"])
    two = [f"{rabbit.url('parts')}&partitions=2&partition={n}" for n in range(2)]

    with ingesting(two[0], url, tmp_path / "0") as first, ingesting(two[1], url, tmp_path / "1") as second:
        until(lambda: all(len(told(sql_log, s)) == 30 for s in sessions))
        for process in (first, second):
            process.terminate()
        said = [process.communicate(timeout=60)[0].decode() for process in (first, second)]

    assert {s: told(sql_log, s) for s in sessions} == {s: [*range(30)] for s in sessions}
    shares = [30 * sum(partition_of(s, 2) == n for s in sessions) for n in range(2)]
    assert all(f": {share} events new" in text for share, text in zip(shares, said, strict=True))
    assert 0 not in shares


def test_a_broker_that_refuses_is_named_without_the_password(
    rabbit: Rabbit, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["ingest", "--database", url, "--from", rabbit.url("x", user="guest:secret")])

    err = capsys.readouterr().err
    assert (code, err.count("\n")) == (1, 1)
    assert "it refuses this user and password" in err
    assert "secret" not in err


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("amqp://guest:secret@127.0.0.1:1/?queue=x", "cannot be reached"),
        ("amqp://guest:secret@127.0.0.1/", "queue=NAME"),
        ("amqp://guest:secret@127.0.0.1/?queue=x&partitions=2&partition=2", "no partition 2"),
        ("amqp://guest:secret@127.0.0.1:port/?queue=x", "URL"),
        ("kafka://127.0.0.1:9092", "TOPIC"),
        ("kafka://127.0.0.1:9092/t?no.such.option=1", "no.such.option"),
        ("nats://127.0.0.1/x", "amqp, amqps, kafka"),
    ],
)
def test_a_url_that_leads_nowhere_is_told_in_a_sentence(url: str, reason: str) -> None:
    with pytest.raises(BrokerUnusable, match=reason) as caught:
        open_consumer(url, print)

    assert "secret" not in str(caught.value)

"""Events from Kafka, against librdkafka's own cluster: real protocol and groups, no real broker."""

from __future__ import annotations

from pathlib import Path

import orjson

from recorder.ingest.broker import open_consumer
from recorder.services.consuming import Intake, Tally
from recorder.store.memory import MemoryLog
from recorder.store.sql import SqlLog
from tests.brokers import MockKafka
from tests.ingest.given_broker import conversation, ingesting, received, told, until


def send(cluster: MockKafka, topic: str, session: str, count: int) -> None:
    """As Rasa does with `partition_by_sender`."""
    for body in conversation(session, count):
        cluster.send(topic, session, orjson.dumps(body))
    cluster.flush()


def test_what_was_not_acknowledged_comes_again_and_adds_nothing(mock_kafka: MockKafka) -> None:
    log, tally = MemoryLog(), Tally()
    send(mock_kafka, "again", "s", 5)

    for acknowledges in (False, True):
        consumer = open_consumer(mock_kafka.url("again"), print)
        Intake(log, "again").take(received(consumer, 5), tally)
        if acknowledges:
            consumer.acknowledge()
        consumer.close()
    send(mock_kafka, "again", "late", 1)
    consumer = open_consumer(mock_kafka.url("again"), print)
    Intake(log, "again").take(received(consumer, 1), tally)
    consumer.close()

    assert told(log, "s") == [0, 1, 2, 3, 4]
    assert (tally.messages, tally.new, tally.already_there) == (11, 6, 5)


def test_a_group_shares_the_partitions_and_takes_over_from_who_is_killed(
    mock_kafka: MockKafka, url: str, sql_log: SqlLog, tmp_path: Path
) -> None:
    sessions = [f"s{n}" for n in range(12)]
    mock_kafka.send("group", "s0", b"poison")
    for session in sessions:
        send(mock_kafka, "group", session, 40)
    where, rejected = mock_kafka.url("group"), tmp_path / "rejected.jsonl"

    with ingesting(where, url, rejected) as second:
        with ingesting(where, url, rejected):
            until(lambda: sql_log.position() > 100)  # killed at the end of this block
        send(mock_kafka, "group", "late", 10)
        until(lambda: sum(len(told(sql_log, s)) for s in sessions) >= 480)
        until(lambda: len(told(sql_log, "late")) >= 10)
        second.terminate()

        assert second.wait(60) == 0

    assert {s: told(sql_log, s) for s in sessions} == {s: [*range(40)] for s in sessions}
    assert told(sql_log, "late") == [*range(10)]
    assert {orjson.loads(line)["body"] for line in rejected.read_bytes().splitlines()} == {"poison"}

"""What other programs record over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from recorder.api.hub import Hub
from recorder.events.event import session_stream
from recorder.events.prediction import ActionRanked
from recorder.events.session import ActionExecuted, SessionRecorded, UserUttered
from recorder.services import receiving
from recorder.store.sql import SqlLog
from recorder.upkeep.forgetting import forget
from tests.api.served import hub, served

PATH = "/sessions/a/events"
HEARD = {
    "event": "user",
    "text": "hi",
    "timestamp": 1700000000.25,
    "parse_data": {"intent": {"name": "greet"}},
}
LISTENED = {"event": "action", "name": "action_listen", "timestamp": 1700000000.5}


@pytest.fixture
def found() -> Hub:
    return hub()


@pytest.fixture
def client(found: Hub) -> Iterator[httpx.Client]:
    with served(found) as client:
        yield client


def test_events_are_recorded_in_their_order_and_the_answer_says_where(
    client: httpx.Client, found: Hub
) -> None:
    answer = client.post(PATH, json=[LISTENED, HEARD])

    rows = found.log.read(session_stream("a"))
    assert [type(row.event) for row in rows] == [SessionRecorded, ActionExecuted, UserUttered]
    assert answer.json() == {
        "session": "a",
        "version": 3,
        "taken": [
            {"index": 0, "id": rows[1].id, "version": 1, "position": 2, "new": True},
            {"index": 1, "id": rows[2].id, "version": 2, "position": 3, "new": True},
        ],
        "refused": [],
    }
    assert answer.headers["ETag"] == '"3"'
    assert rows[2].occurred_at.timestamp() == 1700000000.25


def test_what_is_sent_again_is_not_recorded_again(client: httpx.Client, found: Hub) -> None:
    client.post(PATH, json=HEARD)
    again = client.post(PATH, json=[HEARD, LISTENED]).json()
    client.post(PATH, json={"event": "pause", "id": "p1"})
    named = client.post(PATH, json={"event": "pause", "id": "p1"}).json()
    keyed = {"Idempotency-Key": "request 7"}
    client.post(PATH, json=[{"event": "resume"}, {"event": "resume"}], headers=keyed)
    repeated = client.post(PATH, json=[{"event": "resume"}, {"event": "resume"}], headers=keyed).json()

    assert [each["new"] for each in again["taken"]] == [False, True]
    assert [each["new"] for each in named["taken"]] == [False]
    assert [each["new"] for each in repeated["taken"]] == [False, False]
    assert len(found.log.read(session_stream("a"))) == 6


def test_an_event_that_nothing_names_is_a_new_one_each_time(client: httpx.Client, found: Hub) -> None:
    client.post(PATH, json={"event": "pause"})
    client.post(PATH, json={"event": "pause"})

    assert len(found.log.read(session_stream("a"))) == 3


def test_a_whole_ranking_may_come_with_its_action(client: httpx.Client, found: Hub) -> None:
    ranking = [["utter_greet", 0.75], ["action_listen", 0.25]]
    payload = {"about": "x1", "model": "theirs", "ranking": ranking}

    answer = client.post(
        PATH,
        json=[
            {"event": "action", "name": "utter_greet", "id": "x1"},
            {"type": "action_ranked", "id": "x2", "payload": payload},
        ],
    )

    assert answer.status_code == 200
    assert found.log.read(session_stream("a"))[-1].event == ActionRanked(
        "x1", "theirs", (("utter_greet", 0.75), ("action_listen", 0.25))
    )


def test_a_version_that_is_expected_is_held(client: httpx.Client, found: Hub) -> None:
    first = client.post(f"{PATH}?expected_version=0", json=HEARD)
    stale = client.post(f"{PATH}?expected_version=0", json=LISTENED)
    failed = client.post(PATH, json=LISTENED, headers={"If-Match": '"0"'})
    right = client.post(PATH, json=LISTENED, headers={"If-Match": first.headers["ETag"]})
    again = client.post(PATH, json=LISTENED, headers={"If-Match": first.headers["ETag"]})

    assert (stale.status_code, failed.status_code) == (409, 412)
    assert stale.json()["details"] == {"expected": 0, "version": 2}
    assert (right.status_code, again.status_code) == (200, 200)
    assert found.log.version(session_stream("a")) == 3


def test_an_id_that_is_taken_is_refused_and_the_others_are_recorded(client: httpx.Client, found: Hub) -> None:
    client.post("/sessions/other/events", json={"event": "pause", "id": "p1"})

    answer = client.post(PATH, json=[HEARD, {"event": "resume", "id": "p1"}, LISTENED])
    alone = client.post(PATH, json={"event": "resume", "id": "p1"})
    held = client.post(f"{PATH}?expected_version=3", json=[{"event": "resume", "id": "p1"}])

    assert answer.status_code == 207
    assert answer.json()["refused"] == [{"index": 1, "reason": "another event has the id p1 already"}]
    assert [each["index"] for each in answer.json()["taken"]] == [0, 2]
    assert (alone.status_code, alone.json()["reason"]) == (409, "Conflict")
    assert alone.json()["details"]["refused"][0]["index"] == 0
    assert held.status_code == 409
    assert found.log.version(session_stream("a")) == 3


def test_where_one_cannot_be_read_none_is_recorded(client: httpx.Client, found: Hub) -> None:
    answer = client.post(PATH, json=[HEARD, {"event": "slot", "name": 7}, {"name": "x"}])

    assert answer.status_code == 400
    assert [each["index"] for each in answer.json()["details"]["refused"]] == [0, 1, 2]
    assert "`name` is 7" in answer.json()["details"]["refused"][1]["reason"]
    assert found.log.position() == 0


def test_nothing_to_record_is_recorded(client: httpx.Client, found: Hub) -> None:
    assert client.post(PATH, json=[]).json() == {"session": "a", "version": 0, "taken": [], "refused": []}
    assert found.log.position() == 0


def test_many_may_send_at_once(client: httpx.Client, found: Hub) -> None:
    def send(number: int) -> httpx.Response:
        sent: list[dict[str, Any]] = [{"event": "pause", "id": f"{number}-{i}"} for i in range(20)]
        return client.post(f"/sessions/s{number % 4}/events", json=sent)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(40)))

    assert {answer.status_code for answer in answers} == {200}
    for number in range(4):
        ids = [row.id for row in found.log.read(session_stream(f"s{number}"))][1:]
        runs = [ids[start : start + 20] for start in range(0, len(ids), 20)]
        assert len(runs) == 10 and all(len({each.partition("-")[0] for each in run}) == 1 for run in runs)


def test_an_event_of_a_session_that_was_forgotten_stays_out(sql_log: SqlLog) -> None:
    receiving.receive(sql_log, "a", [{"event": "pause", "id": "gone"}])
    forget(sql_log, ["a"])

    receipt = receiving.receive(sql_log, "a", [{"event": "pause", "id": "gone"}, {"event": "pause"}])

    assert [each.reason for each in receipt.refused] == ["it belongs to a session that was forgotten"]
    assert [each.place for each in receipt.taken] == [1]

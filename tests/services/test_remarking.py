"""Comments of a session: who sees them, whom they mention, what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from recorder.errors import InvalidDecision, NotAllowed, UnknownSession, UnknownStep
from recorder.events.event import remarks_stream, session_stream
from recorder.read_models.catching_up import ReadModels
from recorder.read_models.session_list import SessionList
from recorder.review.batches import Item
from recorder.review.people import Person, Role, operator
from recorder.services import accounts, batching, remarking
from recorder.services.board import Board
from recorder.services.opening import close_batch, open_batch
from recorder.services.reviewing import Desk
from recorder.store.memory import MemoryLog
from recorder.store.sql import SqlLog
from recorder.upkeep.forgetting import forget
from tests.given import GREETING, REVIEWS, session

ROOT = operator("root")
ANA, BO = Person("ana", "annotator"), Person("bo", "annotator")
LEA, VI = Person("lea", "adjudicator"), Person("vi", "viewer")
STEP = "s-3"


class World:
    def __init__(self, log: Any) -> None:
        self.log, self.board, self.desk = log, Board(log), Desk(log)
        session(log, "s", GREETING, REVIEWS)
        roles: dict[str, Role] = {"ana": "annotator", "bo": "annotator", "lea": "adjudicator"}
        for name, role in roles.items():
            accounts.open_account(log, ROOT, name, role)

    def comment(self, person: Person, text: str, step: str = STEP, command: str = "") -> None:
        command = command or f"{person.name}: {text}"
        remarking.comment(self.board, self.desk, "s", person, text, step, command=command)

    def blind(self) -> None:
        began = self.log.read(session_stream("s"))[0].position
        open_batch(self.board, LEA, "b", [Item(began, 2, blind=True)], annotators=["ana", "bo"])

    def texts(self, person: Person) -> list[str]:
        return [each["text"] for each in remarking.noted(self.board, "s", person)["comments"]]

    def waiting(self, person: Person) -> list[str | None]:
        found = remarking.mentions(self.board, person, ["s"])
        return [each.comment.text if each.comment else None for each in found]


@pytest.fixture
def world() -> World:
    return World(MemoryLog())


def test_a_comment_is_seen_by_all_and_once_however_often_it_is_sent(world: World) -> None:
    for _ in range(2):
        world.comment(ANA, " why <b>this</b>? ", command="c1")
    world.comment(LEA, "as the guidelines say", "")

    assert world.texts(VI) == world.texts(BO) == ["why <b>this</b>?", "as the guidelines say"]
    told = remarking.noted(world.board, "s", BO)
    assert [(each["by"], each["step"]) for each in told["comments"]] == [("ana", STEP), ("lea", "")]
    assert told["key"] == remarking.key(world.board, "s", BO)


def test_who_is_mentioned_finds_it_until_it_is_seen(world: World) -> None:
    world.comment(ANA, "@bo and @lea: is this right?")
    world.comment(BO, "@ana no")

    assert world.waiting(BO) == ["@bo and @lea: is this right?"]
    assert world.waiting(ANA) == ["@ana no"]
    assert remarking.mark_read(world.board, "s", BO)
    assert not remarking.mark_read(world.board, "s", BO)
    assert (world.waiting(BO), world.waiting(LEA)) == ([], ["@bo and @lea: is this right?"])
    world.comment(ANA, "@bo really?")
    assert world.waiting(BO) == ["@bo really?"]


def test_mentions_come_newest_first_and_disabled_accounts_are_none(world: World) -> None:
    world.comment(ANA, "@bo one")
    world.comment(LEA, "@Bo two")
    accounts.disable(world.log, ROOT, "lea")
    world.comment(ANA, "@lea three")

    assert world.waiting(BO) == ["@Bo two", "@bo one"]
    assert world.waiting(LEA) == []


def test_in_a_blind_session_others_are_heard_after_the_own_review(world: World) -> None:
    world.blind()
    world.comment(ANA, "@bo it is utter_greet")
    world.comment(BO, "mine")
    remarking.remark(
        world.board, world.desk, "s", ANA, [{"id": "t", "type": "session_tagged", "tag": "wrong"}]
    )

    assert world.texts(BO) == ["mine"]
    assert world.texts(VI) == []
    assert world.texts(LEA) == ["@bo it is utter_greet", "mine"]
    assert world.waiting(BO) == [None], "that there is one, and no more"
    assert not remarking.mark_read(world.board, "s", BO), "it was not seen"
    assert remarking.noted(world.board, "s", BO)["tags"] == []
    before = remarking.key(world.board, "s", BO)

    batching.submit(world.board, world.desk, "s", BO, "c1")

    assert remarking.key(world.board, "s", BO) != before
    assert world.texts(BO) == ["@bo it is utter_greet", "mine"]
    assert world.waiting(BO) == ["@bo it is utter_greet"]
    assert remarking.noted(world.board, "s", BO)["tags"] == ["wrong"]


def test_in_a_blind_session_a_tag_stands_for_its_giver_whoever_gave_it_before(world: World) -> None:
    world.blind()
    given = {"id": "t", "type": "session_tagged", "tag": "wrong"}
    for person in (ANA, BO, BO):
        assert remarking.remark(world.board, world.desk, "s", person, [given]) == (["t"], [])

    assert [remarking.noted(world.board, "s", who)["tags"] for who in (ANA, BO, LEA)] == [["wrong"]] * 3
    assert world.log.version(remarks_stream("s")) == 2


def test_once_the_batch_is_closed_nothing_is_hidden(world: World) -> None:
    world.blind()
    world.comment(ANA, "@bo hello")

    close_batch(world.board, LEA, "b")

    assert world.texts(VI) == ["@bo hello"] and world.waiting(BO) == ["@bo hello"]


def test_who_made_a_comment_takes_it_back_and_nobody_else_does(world: World) -> None:
    world.comment(ANA, "@bo slip", command="c1")
    world.comment(ANA, "@bo stays", command="c2")

    with pytest.raises(InvalidDecision):
        remarking.withdraw(world.board, "s", LEA, "c1", command="w1")
    with pytest.raises(InvalidDecision):
        remarking.withdraw(world.board, "s", ANA, "nothing", command="w1")
    sent = {"id": "w1", "type": "comment_withdrawn", "comment": "c1"}
    for _ in range(2):
        assert remarking.remark(world.board, world.desk, "s", ANA, [sent]) == (["w1"], [])

    assert world.texts(BO) == ["@bo stays"] and world.waiting(BO) == ["@bo stays"]
    world.comment(ANA, "@bo slip", command="c1")  # sent again, late
    assert world.texts(BO) == ["@bo stays"]
    remarking.mark_read(world.board, "s", BO)
    assert world.waiting(BO) == []


def test_what_is_none_is_refused_and_keeps_no_other_out(world: World) -> None:
    sent = [
        {"id": "1", "type": "comment_made", "text": "", "step": ""},
        {"id": "2", "type": "comment_made", "text": "x" * 2001, "step": ""},
        {"id": "3", "type": "comment_made", "text": "x", "step": "nowhere"},
        {"id": "4", "type": "comment_made", "text": 5, "step": ""},
        {"id": "", "type": "comment_made", "text": "x", "step": ""},
        {"id": "6", "type": "session_tagged", "tag": "two\nlines"},
        {"id": "7", "type": "step_confirmed", "step": STEP},
        "nonsense",
        {"id": "8", "type": "comment_made", "text": "good", "step": ""},
        {"id": "9", "type": "session_tagged", "tag": "fine"},
        {"id": "10", "type": "session_untagged", "tag": "fine"},
    ]

    acked, refused = remarking.remark(world.board, world.desk, "s", ANA, sent)

    assert acked == ["8", "9", "10"]
    assert [each["id"] for each in refused] == ["1", "2", "3", "4", "", "6", "7", ""]
    assert world.texts(BO) == ["good"]


def test_who_may_not_comments_nothing(world: World) -> None:
    with pytest.raises(NotAllowed):
        world.comment(VI, "hm")
    with pytest.raises(UnknownStep):
        world.comment(ANA, "hm", "nowhere")
    with pytest.raises(UnknownSession):
        remarking.comment(world.board, world.desk, "other", ANA, "hm", command="c")
    world.comment(ANA, "hm", command="c1")
    with pytest.raises(InvalidDecision):
        world.comment(BO, "mine now", command="c1")

    assert world.texts(BO) == ["hm"]


def test_lists_know_where_somebody_is_mentioned(any_sql_log: SqlLog) -> None:
    world = World(any_sql_log)
    session(any_sql_log, "other/ü", GREETING)
    models, listed = ReadModels(any_sql_log.engine, any_sql_log), SessionList(any_sql_log.engine)
    world.comment(ANA, "@bo look")
    remarking.comment(world.board, world.desk, "other/ü", LEA, "@bo here too", command="c2")

    models.catch_up()
    assert sorted(listed.mentioning("bo", 10)) == ["other/ü", "s"]
    assert len(listed.mentioning("bo", 1)) == 1
    assert listed.mentioning("ana", 10) == []
    remarking.mark_read(world.board, "s", BO)
    models.catch_up()
    assert listed.mentioning("bo", 10) == ["other/ü"]


def test_comments_are_forgotten_with_the_session(any_sql_log: SqlLog) -> None:
    world = World(any_sql_log)
    models, listed = ReadModels(any_sql_log.engine, any_sql_log), SessionList(any_sql_log.engine)
    world.comment(ANA, "@bo look")
    models.catch_up()

    forget(any_sql_log, ["s"])

    assert any_sql_log.read(remarks_stream("s")) == []
    assert listed.mentioning("bo", 10) == []
    assert world.texts(LEA) == []
    with pytest.raises(UnknownSession):
        world.comment(ANA, "again", "")

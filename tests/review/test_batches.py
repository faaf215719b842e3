"""A batch as a fold: who has what, what comes next, and that places never run over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from recorder.errors import BatchOver, NoPlaceLeft, NotInBatch, ReviewError, SkipsSpent, UnknownSession
from recorder.events.batches import BatchClosed, BatchOpened, ClaimRenewed, GuidelinesWritten, SessionDone
from recorder.events.codec import decode, encode
from recorder.events.event import Event
from recorder.review import batches
from recorder.review.batches import CLAIM, SKIPS_A_DAY, Batch, Item, active_seconds, next_for, progress

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def opened(*items: Item, annotators: tuple[str, ...] = (), seed: int = 1) -> Batch:
    batch = Batch("b")
    batch.evolve(BatchOpened(tuple(map(batches.to_json, items)), seed, annotators), NOON)
    return batch


def queue(count: int, votes: int = 1, **others: object) -> Batch:
    return opened(*(Item(number + 1, votes) for number in range(count)), **others)  # type: ignore[arg-type]


def take(batch: Batch, event: Event | None, at: datetime = NOON) -> Event | None:
    if event is not None:
        batch.evolve(event, at)
    return event


def work(batch: Batch, person: str, at: datetime = NOON) -> int | None:
    """Claim what is next, and submit it."""
    number = next_for(batch, person, at)
    if number is not None:
        take(batch, batches.claim(batch, person, number, at), at)
        take(batch, batches.done(batch, person, number, at), at)
    return number


def test_what_is_queued_is_what_comes_back() -> None:
    items = (Item(7, 2, ("least sure step 0.31",), blind=True), Item(9, 3, gold=True, guided=("ana",)))

    assert opened(*items).items == items


def test_a_session_in_hand_comes_first_and_stays_the_same_in_every_tab() -> None:
    batch = queue(5)
    number = next_for(batch, "ana", NOON)
    assert number is not None
    take(batch, batches.claim(batch, "ana", number, NOON))

    assert next_for(batch, "ana", NOON + MINUTE) == number
    assert batches.claim(batch, "ana", number, NOON) is None
    assert batch.state(number, "ana", NOON) == "mine"
    assert batch.state(number, "bo", NOON) == "full"


def test_whoever_comes_gets_what_the_fewest_have() -> None:
    batch = queue(6, votes=2)
    taken = {}
    for person in "abcdef":
        number = next_for(batch, person, NOON)
        assert number is not None
        take(batch, batches.claim(batch, person, number, NOON))
        taken[person] = number

    assert sorted(taken.values()) == [0, 1, 2, 3, 4, 5]


def test_everybody_has_an_order_of_their_own_and_the_seed_decides_it() -> None:
    firsts = {seed: [next_for(queue(50, 20, seed=seed), f"p{n}", NOON) for n in range(20)] for seed in (1, 2)}

    assert len(set(firsts[1])) > 10
    assert firsts[1] != firsts[2]
    assert firsts[1] == [next_for(queue(50, 20, seed=1), f"p{n}", NOON) for n in range(20)]


def test_a_claim_ends_by_itself_and_its_session_goes_to_whoever_comes() -> None:
    batch = queue(1)
    take(batch, batches.claim(batch, "ana", 0, NOON))
    with pytest.raises(NoPlaceLeft):
        batches.claim(batch, "bo", 0, NOON + CLAIM - MINUTE)

    late = NOON + CLAIM
    assert batch.state(0, "ana", late) == "begun"
    assert next_for(batch, "bo", late) == 0
    take(batch, batches.claim(batch, "bo", 0, late), late)

    assert batch.state(0, "ana", late) == "full"
    assert list(batch.places[0].claims) == ["bo"]


def test_signs_of_life_prolong_a_claim_and_are_not_written_every_second() -> None:
    batch = queue(1)
    take(batch, batches.claim(batch, "ana", 0, NOON))

    assert batches.renew(batch, "ana", 0, NOON + MINUTE / 2) is None
    renewed = take(batch, batches.renew(batch, "ana", 0, NOON + 10 * MINUTE))
    assert isinstance(renewed, ClaimRenewed)
    assert batch.state(0, "ana", NOON + 24 * MINUTE) == "mine"
    assert batches.renew(batch, "ana", 0, NOON + 25 * MINUTE) is None
    assert batch.state(0, "ana", NOON + 25 * MINUTE) == "begun"


def test_what_was_asleep_counts_where_there_is_room_and_is_late_where_there_is_none() -> None:
    for taken in (False, True):
        batch = queue(1)
        take(batch, batches.claim(batch, "ana", 0, NOON))
        late = NOON + 2 * CLAIM
        if taken:
            take(batch, batches.claim(batch, "bo", 0, late), late)

        done = batches.done(batch, "ana", 0, late)

        assert isinstance(done, SessionDone)
        assert done.late is taken


def test_late_work_counts_after_all_when_who_had_the_place_lets_it_go() -> None:
    batch = queue(1)
    take(batch, batches.claim(batch, "ana", 0, NOON))
    late = NOON + CLAIM
    take(batch, batches.claim(batch, "bo", 0, late), late)
    take(batch, batches.done(batch, "ana", 0, late), late)

    assert batch.is_complete(0)
    assert next_for(batch, "cleo", late + CLAIM) is None


def test_a_clock_that_was_ahead_blocks_nobody() -> None:
    batch = queue(1)
    take(batch, batches.claim(batch, "ana", 0, NOON + timedelta(days=300)))

    assert next_for(batch, "bo", NOON) == 0


def test_a_skipped_session_goes_to_others_and_a_day_has_only_so_many() -> None:
    batch = queue(SKIPS_A_DAY + 2)
    for number in range(SKIPS_A_DAY):
        take(batch, batches.skip(batch, "ana", number, "language", NOON))

    with pytest.raises(SkipsSpent, match="20 sessions were skipped today"):
        batches.skip(batch, "ana", SKIPS_A_DAY, "language", NOON)
    assert batches.skip(batch, "ana", SKIPS_A_DAY, "language", NOON + timedelta(days=1))
    assert batches.skip(batch, "ana", 0, "language", NOON) is None
    with pytest.raises(ReviewError, match="one of language, expertise"):
        batches.skip(batch, "bo", 0, "dull", NOON)
    assert next_for(batch, "ana", NOON) in (SKIPS_A_DAY, SKIPS_A_DAY + 1)
    assert batch.state(0, "ana", NOON) == "skipped"
    assert batch.state(0, "bo", NOON) == "needs me"


def test_a_session_for_later_comes_at_the_end_of_ones_own_queue() -> None:
    batch = queue(3)
    first = next_for(batch, "ana", NOON)
    assert first is not None
    take(batch, batches.claim(batch, "ana", first, NOON))
    take(batch, batches.release(batch, "ana", first, "later"))

    seen = [work(batch, "ana") for _ in range(4)]

    assert seen[:2] == sorted({0, 1, 2} - {first}, key=seen.index)
    assert seen[2:] == [first, None]


def test_what_was_done_can_be_reopened_and_holds_its_place_meanwhile() -> None:
    batch = queue(1)
    assert work(batch, "ana") == 0
    with pytest.raises(ReviewError, match="reopen it"):
        batches.claim(batch, "ana", 0, NOON)

    take(batch, batches.reopen(batch, "ana", 0, NOON))

    assert batch.state(0, "ana", NOON) == "mine"
    assert next_for(batch, "bo", NOON) is None
    assert next_for(batch, "bo", NOON + CLAIM) == 0


def test_only_those_whom_it_names_take_part() -> None:
    batch = queue(2, annotators=("ana",))

    assert next_for(batch, "bo", NOON) is None
    assert batches.done(batch, "bo", 0, NOON) is None
    with pytest.raises(NotInBatch, match="bo is not among"):
        batches.claim(batch, "bo", 0, NOON)
    with pytest.raises(UnknownSession):
        batches.claim(batch, "ana", 2, NOON)


def test_a_closed_batch_gives_nothing_out_and_keeps_what_comes() -> None:
    batch = queue(2, votes=2)
    take(batch, batches.claim(batch, "ana", 0, NOON))
    take(batch, BatchClosed())

    assert next_for(batch, "ana", NOON) is None
    with pytest.raises(BatchOver):
        batches.claim(batch, "bo", 1, NOON)
    done = batches.done(batch, "ana", 0, NOON)
    assert done is not None and done.late


def test_a_forgotten_session_is_nobodys_work() -> None:
    batch = queue(2)
    batch.gone = frozenset({0})

    assert [work(batch, "ana") for _ in range(2)] == [1, None]
    assert progress(batch, "ana", NOON).sessions == 1


def test_a_new_annotators_first_session_is_the_guided_one() -> None:
    batch = opened(*(Item(n, 2) for n in range(20)), Item(99, 2, gold=True, guided=("ana", "bo")))

    assert next_for(batch, "ana", NOON) == next_for(batch, "bo", NOON) == 20
    assert {next_for(batch, f"old {n}", NOON) for n in range(5)} != {20}


def test_gold_comes_anywhere_in_between() -> None:
    people = [f"p{n}" for n in range(8)]
    batch = opened(*(Item(n, 2, gold=n % 10 == 0) for n in range(40)))
    items = tuple({**batches.to_json(i), "votes": len(people) if i.gold else 2} for i in batch.items)
    batch = Batch("b")
    batch.evolve(BatchOpened(items, 1, tuple(people)), NOON)
    orders: dict[str, list[int]] = {person: [] for person in people}
    while any(found := {person: work(batch, person) for person in people}.values()):
        for person, number in zip(people, found, strict=True):
            if number is not None:
                orders[person].append(number)

    gold = [
        order.index(number) / len(order) for order in orders.values() for number in order if number % 10 == 0
    ]
    assert len(gold) == 4 * len(people)
    assert min(gold) < 0.2
    assert sum(place > 0.5 for place in gold) > 2


def test_progress_tells_what_is_left_and_how_long_that_takes_at_ones_own_pace() -> None:
    batch = queue(4, votes=2, annotators=("ana", "bo"))
    for number, seconds in ((0, 60.0), (1, 100.0), (2, 500.0)):
        take(batch, batches.done(batch, "ana", number, NOON, seconds))
    take(batch, batches.done(batch, "bo", 0, NOON))

    mine = progress(batch, "ana", NOON)

    assert (mine.sessions, mine.complete, mine.votes, mine.given, mine.done, mine.open) == (4, 1, 8, 4, 3, 1)
    assert (mine.seconds, mine.seconds_left) == (100.0, 100.0)
    assert progress(batch, "bo", NOON).seconds_left is None


def test_active_time_leaves_out_pauses() -> None:
    times = [NOON, NOON + timedelta(seconds=30), NOON + timedelta(hours=5)]

    assert active_seconds(times) == 150.0
    assert active_seconds([NOON]) is None


PEOPLE = ["ana", "bo", "cleo", "dan"]
people = st.sampled_from(PEOPLE)
numbers = st.integers(0, 4)


class Clockwork(RuleBasedStateMachine):
    """People on one batch, whose clocks go as they like."""

    @initialize(votes=st.lists(st.integers(1, 3), min_size=5, max_size=5), seed=st.integers(0, 9))
    def open(self, votes: list[int], seed: int) -> None:
        items = [batches.to_json(Item(n + 1, count)) for n, count in enumerate(votes)]
        self.events: list[tuple[Event, datetime]] = []
        self.batch = Batch("b")
        self.now = NOON
        self.submitted: set[tuple[str, int]] = set()
        self._take(BatchOpened(tuple(items), seed))

    def _take(self, event: Event | None) -> None:
        if event is not None:
            event = decode(event.type, encode(event))
            self.events.append((event, self.now))
            self.batch.evolve(event, self.now)

    @rule(seconds=st.sampled_from([1, 61, 600, 900, 901, 100_000, -1, -700, -100_000]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(person=people)
    def next(self, person: str) -> None:
        number = next_for(self.batch, person, self.now)
        if number is not None:  # what is offered can be had
            self._take(batches.claim(self.batch, person, number, self.now))
            assert self.batch.state(number, person, self.now) == "mine"

    @rule(person=people, number=numbers)
    def claim(self, person: str, number: int) -> None:
        free = self.batch.free(number, person, self.now)
        try:
            self._take(batches.claim(self.batch, person, number, self.now))
        except NoPlaceLeft:
            assert free < 1
        except ReviewError:
            assert (person, number) in self.submitted

    @rule(person=people, number=numbers)
    def renew(self, person: str, number: int) -> None:
        self._take(batches.renew(self.batch, person, number, self.now))

    @rule(person=people, number=numbers, reason=st.sampled_from(["", "later"]))
    def release(self, person: str, number: int, reason: str) -> None:
        self._take(batches.release(self.batch, person, number, reason))

    @rule(person=people, number=numbers)
    def skip(self, person: str, number: int) -> None:
        try:
            self._take(batches.skip(self.batch, person, number, "other", self.now))
        except ReviewError:
            assert (person, number) in self.submitted or self.batch.skips[person, f"{self.now:%F}"] >= 20

    @rule(person=people, number=numbers)
    def submit(self, person: str, number: int) -> None:
        self._take(batches.done(self.batch, person, number, self.now))
        self.submitted.add((person, number))

    @rule(person=people, number=numbers)
    def reopen(self, person: str, number: int) -> None:
        self._take(batches.reopen(self.batch, person, number, self.now))
        self.submitted.discard((person, number))

    @rule(text=st.text(max_size=3))
    def guide(self, text: str) -> None:
        self._take(GuidelinesWritten(text))

    @invariant()
    def places_never_run_over(self) -> None:
        for item, places in zip(self.batch.items, self.batch.places, strict=True):
            assert len(places.claims) + places.in_time <= item.votes
            assert not places.claims.keys() & places.done.keys()

    @invariant()
    def nothing_submitted_is_lost(self) -> None:
        done = {(by, number) for number, places in enumerate(self.batch.places) for by in places.done}
        assert done == self.submitted

    @invariant()
    def late_work_is_what_is_beyond(self) -> None:
        for item, places in zip(self.batch.items, self.batch.places, strict=True):
            if len(places.done) > item.votes:
                assert any(done.late for done in places.done.values())

    @invariant()
    def the_states_say_what_may_be_done(self) -> None:
        for person in PEOPLE:
            offered = next_for(self.batch, person, self.now)
            states = [self.batch.state(number, person, self.now) for number in range(5)]
            can = [n for n, state in enumerate(states) if state in ("mine", "begun", "needs me")]
            assert (offered in can) if can else offered is None

    def teardown(self) -> None:
        again = Batch("b")
        for event, at in getattr(self, "events", []):
            again.evolve(event, at)
        assert again == getattr(self, "batch", Batch("b"))


TestClockwork = Clockwork.TestCase
TestClockwork.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)

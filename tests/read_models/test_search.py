"""Sessions are found by words, beginnings and phrases, on both databases alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.events.event import session_stream
from recorder.events.session import UserUttered
from recorder.read_models import search, session_list
from recorder.read_models.session_list import Filters, Sort
from recorder.review.wording import terms, words
from recorder.store.sql import SqlLog
from recorder.upkeep.clearing import clear
from recorder.upkeep.forgetting import forget
from tests.read_models.given import World
from tests.upkeep.hunting import found

SHARED = [HealthCheck.function_scoped_fixture]
HOSTILE = [
    '"',
    "*",
    "NEAR(",
    '"a',
    "a AND",
    "^a",
    "-a",
    "a:b",
    "words : a",
    "'a' & !b",
    "\\",
    "%",
    "_",
    "\0",
    "()",
]


@pytest.fixture
def world(any_sql_log: SqlLog) -> World:
    return World.of(any_sql_log)


@pytest.fixture(params=["few hits", "many hits"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few hits are looked up in the list, many are met with along it."""
    monkeypatch.setattr(
        search, "WALK", dict.fromkeys(search.WALK, 0 if request.param == "many hits" else 999)
    )


def say(world: World, name: str, *texts: str) -> None:
    world.log.append(session_stream(name), [UserUttered(text) for text in texts])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("red ", ["one", "two"]),
        ("red apple ", ["one", "two"]),
        ('"red apple"', ["one"]),
        ("app* ", ["one", "three", "two"]),
        ("app", ["one", "three", "two"]),
        ("appl ", []),
        ('"apple is" red ', ["two"]),
        ('"red appl*"', ["one"]),
        ("STRASSE ", ["three"]),
        ("cafe ", ["three"]),
        ('"你好"', ["three"]),
        ('"好你"', []),
        ("three ", ["three"]),
        ("three strasse ", ["three"]),
        ('"bye red"', []),  # one ends a message, the other begins the next
        ("nothing", []),
    ],
)
@pytest.mark.usefixtures("way")
def test_what_is_found(world: World, query: str, expected: list[str]) -> None:
    say(world, "one", "a Red apple", "bye", "red")
    say(world, "two", "the apple is red", "well")
    say(world, "three", "applesauce in the Straße, Café 你好吗")

    assert sorted(world.ids(Filters(text=query))) == expected


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("sort", ["unsure", "newest", "oldest", "longest"])
def test_hits_are_counted_and_come_in_the_order_of_the_list_page_by_page(
    world: World, sort: Sort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_list, "PAGE_SIZE", 3)
    for number in range(12):
        say(world, f"s{number:02}", *["apple"] * (number % 3), "pear" if number % 4 else "plum")
    world.models.catch_up()
    every = [world.sessions.page(Filters(sort=sort), "ana", number).entries for number in range(1, 5)]
    listed = [entry.id for entries in every for entry in entries]

    for filters in (
        Filters(text="pear ", sort=sort),
        Filters(text="apple ", sort=sort, sources=(every[0][0].source,)),
        Filters(text="p*", sort=sort, statuses=("new",)),
        Filters(text="p*", sort=sort, without=("s01", "s04")),
    ):
        count, last = world.sessions.page(filters, "ana").count, world.sessions.page(filters, "ana").pages
        pages = [world.sessions.page(filters, "ana", number) for number in range(1, last + 1)]
        found = [entry.id for page in pages for entry in page.entries]

        assert found == [each for each in listed if each in found]
        assert not set(filters.without) & set(found)
        assert len(found) == count > 6
        assert world.sessions.page(filters, "ana", 2).entries == pages[1].entries


@pytest.mark.usefixtures("way")
def test_no_query_is_an_error(world: World) -> None:
    say(world, "one", "a b near and words or not")
    world.models.catch_up()

    for query in HOSTILE:
        assert world.listed(Filters(text=query)) in (["one"], [])


@settings(max_examples=60, suppress_health_check=SHARED)
@given(query=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_whatever_is_typed_is_answered(sql_log: SqlLog, query: str) -> None:
    World.of(sql_log).listed(Filters(text=query))


@settings(max_examples=60, suppress_health_check=SHARED)
@given(query=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_so_it_is_on_a_server(postgres_log: SqlLog, query: str) -> None:
    World.of(postgres_log).listed(Filters(text=query))


@settings(max_examples=30, suppress_health_check=SHARED)
@given(texts=st.lists(st.text("ab é你_", max_size=9), max_size=3), query=st.text('ab é你"* ', max_size=9))
def test_both_find_what_the_words_say(
    sql_log: SqlLog, postgres_log: SqlLog, texts: list[str], query: str
) -> None:
    for log in (sql_log, postgres_log):
        world = World.of(log)
        forget(log, ["x"])
        say(world, "x", *texts, "")
        plain = [["x"], *map(words, texts)]

        expected = all(
            any(
                line[place : place + len(term.words) - 1] == [*term.words[:-1]]
                and word.startswith(term.words[-1])
                and (term.prefix or word == term.words[-1])
                for line in plain
                for place in range(len(line))
                for word in line[place + len(term.words) - 1 :][:1]
            )
            for term in terms(query)
        )

        assert world.ids(Filters(text=query)) == (["x"] if expected else [])


def test_hits_are_marked_where_they_were_said_as_text(world: World) -> None:
    say(world, "one", "hello", "I want <b>RED</b> apples")
    world.models.catch_up()

    (entry,) = world.sessions.page(Filters(text="red"), "ana").entries

    assert [(piece.text, piece.hit) for piece in entry.excerpt] == [
        ("I want <b>", False),
        ("RED", True),
        ("</b> apples", False),
    ]
    assert world.sessions.page(Filters(text="one "), "ana").entries[0].excerpt == ()
    assert world.sessions.page(Filters(), "ana").entries[0].excerpt == ()


def test_a_session_that_grows_is_found_by_what_it_says_now_and_only_once(world: World) -> None:
    say(world, "one", "apple")
    world.models.catch_up()
    say(world, "one", "apple pear")

    assert world.ids(Filters(text="pear ")) == ["one"]
    assert world.sessions.page(Filters(text="apple "), "ana").count == 1
    world.models.rebuild()
    assert world.sessions.page(Filters(text="apple "), "ana").count == 1


def quark(number: int) -> str:
    """A word that no other holds."""
    return f"xylo{chr(97 + number // 26)}{chr(97 + number % 26)}phon"


def test_no_word_of_what_was_forgotten_stays_in_the_file(sql_log: SqlLog) -> None:
    """In whatever steps the index was built, it is cleared as a whole."""
    world = World.of(sql_log)
    folder = Path(sql_log.database.name).parent
    for number in range(40):
        say(world, f"s{number}", f"{quark(number)} and others", "common words")
        if number % 3 == 0:
            world.models.catch_up()
        if number == 20:
            world.models.rebuild()
            say(world, "s3", "and again")
    world.models.catch_up()
    gone = [quark(number) for number in range(1, 40, 2)]
    assert found(folder, gone)

    forget(sql_log, [f"s{number}" for number in range(1, 40, 2)])
    assert clear(sql_log).undone == []

    assert found(folder, gone) == []
    assert found(folder, [word[1:] for word in gone]) == []  # nor where a word is stored by what it adds
    assert len(world.ids(Filters(text="xylo"))) == 20
    assert found(folder, [quark(2)])
    forget(sql_log, [f"s{number}" for number in range(0, 40, 2)])
    clear(sql_log)
    assert found(folder, ["xylo", "common"]) == []

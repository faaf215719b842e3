"""Redaction: what has the form of personal data goes, and everything else stays as it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recorder.dialogue.redaction import Redactor, cards, has_check_digit, redactor
from recorder.errors import RedactionUnusable
from recorder.events.event import Event, NewEvent
from recorder.events.prediction import IntentRanked
from recorder.events.session import (
    ActionExecuted,
    BotUttered,
    EntitiesAdded,
    Opaque,
    SlotSet,
    UserUttered,
)

ALL = redactor(["email", "card", "iban", "phone", "phone:DE"], {"ticket": r"\bT-\d+\b"})
PLAIN = st.text(st.characters(exclude_characters="@", exclude_categories=("Nd", "Cs")))
"""Texts without anything to be found."""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("write to maria.muster+x@mail.example.org.", "write to [email]."),
        ("<Ünal@exämple.de>, a@b.co", "<[email]>, [email]"),
        ("@home me@work 5@ €", "@home me@work 5@ €"),
        ("4111 1111 1111 1111 is mine", "[card] is mine"),
        ("ref 1234 4111-1111-1111-1111", "ref 1234 [card]"),
        ("amex 378282246310005", "amex [card]"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("0000 0000 0000 0000", "0000 0000 0000 0000"),
        ("41111111111111110000000", "41111111111111110000000"),
        ("to DE89 3704 0044 0532 0130 00 please", "to [iban] please"),
        ("gb82west12345698765432!", "[iban]!"),
        ("DE88 3704 0044 0532 0130 00", "DE88 3704 0044 0532 0130 00"),
        ("call +49 151 12345678 or 0151/12345678", "call [phone] or [phone]"),
        ("on 2024-05-01 at 12:30, 3 tickets for 25.50", "on 2024-05-01 at 12:30, 3 tickets for 25.50"),
        ("see T-123 and XT-123", "see [ticket] and XT-123"),
        ("", ""),
    ],
)
def test_what_is_found(text: str, told: str) -> None:
    assert ALL.text(text).text == told


def test_numbers_as_dialled_in_a_country_only_where_that_is_asked_for() -> None:
    assert redactor(["phone"]).text("0151/12345678").text == "0151/12345678"
    assert redactor(["phone:us"]).text("(415) 555-2671").text == "[phone]"


@given(PLAIN, st.emails(), PLAIN)
def test_no_email_address_survives(before: str, email: str, after: str) -> None:
    told = redactor(["email"]).text(f"{before} {email} {after}").text

    assert email not in told
    assert "@" not in told
    assert told.startswith(f"{before} ") and told.endswith(f" {after}")


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    """A number with its check digit, written in groups or not."""
    body = draw(st.sampled_from("23456")) + draw(st.text("0123456789", min_size=11, max_size=17))
    number = next(body + digit for digit in "0123456789" if has_check_digit(body + digit))
    size = draw(st.sampled_from([4, 5, 19]))
    separator = draw(st.sampled_from([" ", "-", "\u00a0"]))
    return separator.join(number[start : start + size] for start in range(0, len(number), size))


@given(PLAIN, card_numbers(), PLAIN)
def test_no_card_survives(before: str, card: str, after: str) -> None:
    told = redactor(["card"]).text(f"{before}{card}{after}").text

    assert told == f"{before}[card]{after}"


@given(st.lists(card_numbers() | st.text("0123456789 -"), max_size=4))
def test_nothing_is_left_that_would_be_found_again(parts: list[str]) -> None:
    told = redactor(["card"]).text(" ".join(parts)).text

    assert list(cards(told.replace("[card]", "\0"))) == []


@given(PLAIN)
def test_texts_without_any_stay_byte_by_byte(text: str) -> None:
    told = ALL.text(text)
    event = UserUttered(
        text, {"text": text, "entities": [{"entity": "e", "value": text}]}, extra={"x": [text]}
    )

    assert told.text == text and told.spans == ()
    assert ALL.event(event) is event or ALL.event(event) == event


WORDS = st.lists(
    st.sampled_from(["hello", "ä", "😀", "maria@mail.org", "4111 1111 1111 1111", "T-12", "+4915112345678"]),
    min_size=1,
    max_size=8,
)


@given(WORDS, st.data())
def test_entities_still_stand_where_their_values_are(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    entity = {"entity": "e", "start": start, "end": end, "value": text[start:end]}

    event = ALL.event(UserUttered(text, {"entities": [entity]}))

    assert isinstance(event, UserUttered)
    (moved,) = event.entities
    assert moved["value"] == (event.text or "")[moved["start"] : moved["end"]]
    assert ALL.text(event.text or "").spans == ()


def test_words_beside_what_goes_keep_their_entities() -> None:
    text = "I am Maria, maria@mail.org, from Köln"
    entities = [
        {"entity": "name", "start": 5, "end": 10, "value": "Maria"},
        {"entity": "part", "start": 12, "end": 17, "value": "MARIA", "additional_info": {"value": 7}},
        {"entity": "city", "start": 33, "end": 37, "value": "Cologne"},
    ]
    parsed = {"text": text, "entities": entities, "text_tokens": [[0, 1], [12, 17], [18, 26], [33, 37]]}

    event = ALL.event(UserUttered(text, parsed))

    assert isinstance(event, UserUttered)
    assert event.text == event.parse_data["text"] == "I am Maria, [email], from Köln"
    assert event.parse_data["text_tokens"] == [[0, 1], [12, 19], [26, 30]]
    assert event.entities == (
        entities[0],
        {"entity": "part", "start": 12, "end": 19, "value": "[email]"},
        {"entity": "city", "start": 26, "end": 30, "value": "Cologne"},
    )


MAIL = "maria@mail.org"


@pytest.mark.parametrize(
    "event",
    [
        UserUttered("hi", {"nested": {"deep": [{"x": MAIL}]}}, metadata={MAIL: 1}, extra={"y": MAIL}),
        BotUttered(f"So {MAIL}?", {"buttons": [{"title": MAIL, "payload": f"/mail{{{MAIL}}}"}]}),
        SlotSet("email", [MAIL, {"also": MAIL}]),
        ActionExecuted(None, action_text=f"I write to {MAIL}"),
        EntitiesAdded(({"entity": "email", "value": MAIL},)),
        Opaque("unknown", {"event": "unknown", "said": MAIL}),
        IntentRanked("id", "m", (("tell", 1.0),), ({"entity": "email", "value": MAIL},)),
    ],
)
def test_it_goes_from_everywhere_in_an_event(event: Event) -> None:
    told = ALL.event(event)

    assert MAIL in repr(event)
    assert MAIL not in repr(told) and "[email]" in repr(told)


def test_entities_of_a_prediction_follow_the_message_that_it_is_about() -> None:
    text = f"{MAIL} from Köln"
    city = {"entity": "city", "start": 20, "end": 24, "value": "Köln"}
    events: list[Any] = [
        NewEvent(UserUttered(text), "m1"),
        NewEvent(UserUttered("another"), "m2"),
        NewEvent(IntentRanked("m1", "model", (), (city,)), "r1"),
    ]

    *_, ranked = ALL.events(events)

    assert isinstance(ranked, NewEvent) and isinstance(ranked.event, IntentRanked)
    assert ranked.event.entities == ({**city, "start": 13, "end": 17},)


@given(WORDS)
def test_the_same_text_is_always_told_in_the_same_way(words: list[str]) -> None:
    text = " ".join(words)
    assume(ALL.text(text).spans)

    assert ALL.events([UserUttered(text)]) == ALL.events([UserUttered(text)])
    assert ALL.text(ALL.text(text).text).spans == ()


@pytest.mark.parametrize(
    ("kinds", "patterns", "reason"),
    [
        (["mail"], {}, "no kind 'mail'"),
        (["email:DE"], {}, "no kind"),
        (["phone:XX"], {}, "no country 'XX'"),
        ([], {"x": "("}, "no regular expression"),
        ([], {"x": "(?=a)"}, "no regular expression"),
        (["email"], {"email": "x"}, "already"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(
    kinds: list[str], patterns: dict[str, str], reason: str
) -> None:
    with pytest.raises(RedactionUnusable, match=reason):
        redactor(kinds, patterns)


HOSTILE = ["a" * 200_000, "a.b-" * 50_000 + "@", "1 " * 30_000, "DE89" + " A" * 100_000, "@" * 100_000]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_takes_no_longer_than_others(text: str) -> None:
    """A quadratic search would take minutes."""
    assert redactor(["email", "card", "iban"], {"x": "(a+)+b|(1 ?)+x"}).text(text).text == text


def test_overlapping_finds_go_whole() -> None:
    both = Redactor({"a": lambda text: [(0, 4)], "b": lambda text: [(2, 6)]})

    assert both.text("abcdefgh").text == "[a]gh"

"""Redaction: personal data that can be told by its form goes from texts before anything is recorded.

E-mail addresses, phone numbers, payment cards, IBANs and patterns of one's own become `[email]`,
`[phone]`, …; entities still stand where they did. What has no form of its own, a name, an address, is
not found: for that there is forgetting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, Final

from recorder.errors import RedactionUnusable
from recorder.events.event import Event, JsonObject, NewEvent, changed
from recorder.events.prediction import IntentRanked
from recorder.events.session import EntitiesAdded, SessionEvent, UserUttered

Span = tuple[int, int]
"""Code points, end exclusive."""
Find = Callable[[str], Iterable[Span]]

KINDS: Final = ("email", "phone", "card", "iban")
_TEXTS: Final = ("text", "action_text", "data", "value", "entities", "metadata", "extra", "parse_data")
"""Fields of a session's events in which people's words are; the others are names of the bot's own."""

# Possessive and behind a lookbehind: each character is looked at once, however long the text is.
_EMAIL: Final = re.compile(
    r"(?<![\w.!#$%&'*+/=?^`{|}~-])[\w.!#$%&'*+/=?^`{|}~-]++@[\w-]++(?:\.[\w-]++)+", re.UNICODE
)
_DIGITS: Final = re.compile(r"\d++(?:[ \u00a0\u202f-]\d++)*+")
_GROUP: Final = re.compile(r"\d+")
_CARD: Final = range(13, 20)
"""Digits of a card's number."""
_PHONE: Final = 5
"""Digits of a phone number, at least."""
_PLUS: Final = frozenset("+\N{FULLWIDTH PLUS SIGN}")
_IBAN: Final = re.compile(
    r"(?<![^\W_])[A-Za-z]{2}\d{2}(?:[ \u00a0-]?[A-Za-z0-9]{4}){2,7}(?:[ \u00a0-]?[A-Za-z0-9]{1,3})?"
)
_IBAN_LENGTHS: Final = range(15, 35)


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without what was found in it, and how places in the old text are called in the new one."""

    text: str
    spans: tuple[Span, ...] = ()
    """What was found, in the old text, ascending."""
    labels: tuple[str, ...] = ()

    def touches(self, start: int, end: int) -> bool:
        return any(start < to and begin < end for begin, to in self.spans)

    def start(self, place: int) -> int:
        """A place that begins something; within what was found: the beginning of its label."""
        return self._moved(place, ends=False)

    def end(self, place: int) -> int:
        """A place that ends something; within what was found: the end of its label."""
        return self._moved(place, ends=True)

    def _moved(self, place: int, *, ends: bool) -> int:
        shift = 0
        for (begin, to), label in zip(self.spans, self.labels, strict=True):
            if place <= begin:
                break
            if place < to:
                return begin + shift + (len(label) if ends else 0)
            shift += len(label) - (to - begin)
        return place + shift


class Redactor:
    """Takes personal data out of texts and of events."""

    def __init__(self, finders: Mapping[str, Find]) -> None:
        """Args: finders: name -> where in a text it is. The first wins where two overlap."""
        self._finders = finders

    def text(self, text: str) -> Redacted:
        found = [(span, name) for name, find in self._finders.items() for span in find(text)]
        if not found:
            return Redacted(text)
        spans: list[Span] = []
        labels: list[str] = []
        for (start, end), name in sorted(found, key=lambda each: each[0]):
            if spans and start < spans[-1][1]:  # they overlap: neither may be left in part
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
                continue
            spans.append((start, end))
            labels.append(f"[{name}]")
        parts, place = [], 0
        for (start, end), label in zip(spans, labels, strict=True):
            parts += [text[place:start], label]
            place = end
        return Redacted("".join((*parts, text[place:])), tuple(spans), tuple(labels))

    def value(self, value: Any) -> Any:
        """Any JSON value: all texts in it, the names in objects too."""
        match value:
            case str():
                return self.text(value).text
            case dict():
                return {self.value(key): self.value(each) for key, each in value.items()}
            case list() | tuple():
                return type(value)(map(self.value, value))
            case _:
                return value

    def event(self, event: Event, message: str | None = None) -> Event:
        """The event of a session without it; other events as they are.

        Args:
            message: what the user said before, as it was, for events with entities in it that do not
                repeat it.
        """
        if isinstance(event, UserUttered):
            message = event.text
        if isinstance(event, IntentRanked):
            return changed(event, entities=tuple(self._entities(event.entities, message)))
        if not isinstance(event, SessionEvent):
            return event
        before: JsonObject = {
            name: getattr(event, name) for name in event.__struct_fields__ if name in _TEXTS
        }
        after = {name: self.value(each) for name, each in before.items()}
        if isinstance(event, UserUttered):
            after["parse_data"] = self._parsed(event.parse_data, message)
        elif isinstance(event, EntitiesAdded):
            after["entities"] = tuple(self._entities(event.entities, message))
        news = {name: each for name, each in after.items() if each != before[name]}
        return changed(event, **news) if news else event

    def events(self, events: Sequence[NewEvent | Event]) -> list[NewEvent | Event]:
        """Events of a session in their order; entities are held against the message they were found in."""
        messages: dict[str | None, str | None] = {}
        latest: str | None = None
        made: list[NewEvent | Event] = []
        for each in events:
            event = each.event if isinstance(each, NewEvent) else each
            if isinstance(event, UserUttered):
                latest = event.text
                if isinstance(each, NewEvent):
                    messages[each.id] = latest
            about = messages.get(event.about) if isinstance(event, IntentRanked) else latest
            kept = self.event(event, about)
            made.append(replace(each, event=kept) if isinstance(each, NewEvent) else kept)
        return made

    def _parsed(self, parsed: JsonObject, message: str | None) -> JsonObject:
        told = self.text(message or "")
        changed: JsonObject = {}
        for key, each in parsed.items():
            if key == "entities" and isinstance(each, list):
                changed[key] = [*self._entities(each, message)]
            elif key == "text_tokens" and isinstance(each, list) and told.spans:
                changed[key] = _tokens(each, told)
            else:
                changed[self.value(key)] = self.value(each)
        return changed

    def _entities(self, entities: Iterable[Any], message: str | None) -> Iterator[Any]:
        told = self.text(message or "")
        for entity in entities:
            yield self._entity(entity, told) if isinstance(entity, dict) else self.value(entity)

    def _entity(self, entity: JsonObject, told: Redacted) -> JsonObject:
        """Where it was; what lies in what was found, even in part, says no more than its label."""
        changed: JsonObject = self.value(entity)
        start, end = entity.get("start"), entity.get("end")
        if not told.spans or not isinstance(start, int) or not isinstance(end, int):
            return changed
        changed = {**changed, "start": told.start(start), "end": told.end(end)}
        if told.touches(start, end):
            changed["value"] = told.text[changed["start"] : changed["end"]]
            changed.pop("additional_info", None)  # the same once more, in numbers
        return changed


def _tokens(tokens: Sequence[Any], told: Redacted) -> list[Any]:
    """Where the words are: those of one label are one word."""
    moved: dict[tuple[int, int], None] = {}
    for token in tokens:
        match token:
            case [int(start), int(end)] | (int(start), int(end)):
                moved[told.start(start), told.end(end)] = None
    return [list(each) for each in moved]


def redactor(kinds: Sequence[str], patterns: Mapping[str, str] | None = None) -> Redactor:
    """What takes these kinds of personal data out.

    Args:
        kinds: `email`, `card`, `iban`, `phone` (numbers that begin with + and the country's), `phone:DE`
            (also those that are dialled in that country without).
        patterns: name -> regular expression, in the syntax of RE2, whose time is linear in the text.

    Raises:
        RedactionUnusable: no such kind or country, no regular expression, or a library is missing.
    """
    finders: dict[str, Find] = {}
    phones: list[str | None] = []
    for kind in kinds:
        name, _, country = kind.partition(":")
        if name not in KINDS or (country and name != "phone"):
            raise RedactionUnusable(f"there is no kind {kind!r}; there are {', '.join(KINDS)}, phone:DE")
        if name == "phone":
            phones.append(country.upper() or None)
        else:
            finders[name] = {"email": emails, "card": cards, "iban": ibans}[name]
    if phones:
        finders["phone"] = _phones(phones)
    if doubled := finders.keys() & (patterns or {}).keys():
        raise RedactionUnusable(f"{', '.join(doubled)} is a kind already; give the pattern another name")
    return Redactor(finders | {name: _pattern(name, each) for name, each in (patterns or {}).items()})


def emails(text: str) -> Iterator[Span]:
    if "@" in text:
        yield from (found.span() for found in _EMAIL.finditer(text))


def cards(text: str) -> Iterator[Span]:
    """Groups of digits that have the length, the beginning and the check digit of a card's number."""
    for run in _DIGITS.finditer(text):
        groups = [found.span() for found in _GROUP.finditer(text, *run.span())]
        first = 0
        while first < len(groups):
            last = next(
                (to for to in _ends_of_cards(groups, first) if _is_card(text, groups[first:to])), None
            )
            if last is not None:
                yield groups[first][0], groups[last - 1][1]
            first = last or first + 1


def _ends_of_cards(groups: Sequence[Span], first: int) -> Iterator[int]:
    """Where a number that begins with the first group may end, the longest first."""
    lengths = accumulate(end - start for start, end in groups[first : first + max(_CARD)])
    fitting = [to for to, length in enumerate(lengths, first + 1) if length in _CARD]
    return reversed(fitting)


def _is_card(text: str, groups: Sequence[Span]) -> bool:
    number = "".join(text[start:end] for start, end in groups)
    return int(number[0]) in range(2, 7) and has_check_digit(number)


def has_check_digit(number: str) -> bool:
    """Luhn's formula (ISO/IEC 7812-1, annex B).

    >>> has_check_digit("4111111111111111"), has_check_digit("4111111111111112")
    (True, False)
    """
    digits = [int(digit) for digit in reversed(number)]
    return sum(digits[::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def ibans(text: str) -> Iterator[Span]:
    """ISO 13616: as many characters after a country and two digits as make the remainder 1."""
    place = 0
    while found := _IBAN.search(text, place):
        ends = [
            at
            for at in range(found.end(), found.start() + min(_IBAN_LENGTHS) - 1, -1)
            if _ends_word(text, at)
        ]
        end = next((at for at in ends if _is_iban(text[found.start() : at])), None)
        if end is not None:
            yield found.start(), end
        place = end or found.start() + 1


def _ends_word(text: str, at: int) -> bool:
    return text[at - 1].isalnum() and not text[at : at + 1].isalnum()


def _is_iban(text: str) -> bool:
    number = re.sub(r"[^A-Za-z0-9]", "", text).upper()
    if len(number) not in _IBAN_LENGTHS:
        return False
    return int("".join(str(int(char, 36)) for char in number[4:] + number[:4])) % 97 == 1


def _phones(countries: Sequence[str | None]) -> Find:
    try:
        from phonenumbers import SUPPORTED_REGIONS, PhoneNumberMatcher
    except ModuleNotFoundError:
        raise _missing("phonenumbers") from None
    for country in countries:
        if country is not None and country not in SUPPORTED_REGIONS:
            raise RedactionUnusable(f"there is no country {country!r} for phone numbers; write phone:DE")

    def find(text: str) -> Iterator[Span]:
        if sum(map(str.isdigit, text)) < _PHONE:  # most texts; to match numbers takes long
            return
        for country in countries:
            if country is None and not _PLUS.intersection(text):
                continue
            yield from ((each.start, each.end) for each in PhoneNumberMatcher(text, country))

    return find


def _pattern(name: str, pattern: str) -> Find:
    try:
        import re2
    except ModuleNotFoundError:
        raise _missing("google-re2") from None
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0]
        reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise RedactionUnusable(f"the pattern of {name} is no regular expression of RE2: {reason}") from None

    def find(text: str) -> Iterator[Span]:
        return (span for found in compiled.finditer(text) if (span := found.span())[0] < span[1])

    return find


def _missing(library: str) -> RedactionUnusable:
    return RedactionUnusable(f"{library} is missing: pip install 'session-recorder[redaction]'")

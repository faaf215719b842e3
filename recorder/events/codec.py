"""Events to bytes and back: the type table, orjson, upcasters.

The payload is the JSON object of the event's fields; fields at their default are left out, so a
field that is added later with a default needs no upcaster. Older shapes are upcast when read.
What JSON cannot say becomes the nearest that it can: a lone surrogate (half a character) U+FFFD,
NaN and infinity null, a key its text, an integer beyond 64 bits a float.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson
from msgspec import ValidationError
from msgspec.json import Decoder

from recorder.errors import EventNotStorable, EventTooNew
from recorder.events import (
    access,
    adjudication,
    batches,
    bookkeeping,
    filters,
    own,
    prediction,
    remarks,
    review,
    session,
)
from recorder.events.event import Event, JsonObject, declared, defaults

EVENT_TYPES: Final[dict[str, type[Event]]] = {
    kind.type: kind
    for kind in (
        session.UserUttered,
        session.BotUttered,
        session.ActionExecuted,
        session.SlotSet,
        session.EntitiesAdded,
        session.UserFeaturized,
        session.SessionStarted,
        session.Restarted,
        session.UserUtteranceReverted,
        session.ActionReverted,
        session.AllSlotsReset,
        session.ActiveLoop,
        session.LoopInterrupted,
        session.ActionExecutionRejected,
        session.FollowupAction,
        session.ConversationPaused,
        session.ConversationResumed,
        session.AgentUttered,
        session.ReminderScheduled,
        session.ReminderCancelled,
        session.StoryExported,
        session.Opaque,
        session.SessionRecorded,
        prediction.IntentRanked,
        prediction.ActionRanked,
        review.StepConfirmed,
        review.RestConfirmed,
        review.ActionCorrected,
        review.IntentCorrected,
        review.EntitiesCorrected,
        review.SlotCorrected,
        review.ActionInserted,
        review.ActionRemoved,
        review.SessionCut,
        review.RestKept,
        review.StepUnsure,
        review.StepSkipped,
        review.StepNoted,
        review.StepFlagged,
        review.ResponseWritten,
        review.DecisionUndone,
        review.DecisionRedone,
        review.ReviewSubmitted,
        review.ReviewReopened,
        adjudication.StepAdjudicated,
        adjudication.AdjudicationWithdrawn,
        remarks.SessionTagged,
        remarks.SessionUntagged,
        remarks.CommentMade,
        remarks.CommentWithdrawn,
        remarks.CommentsRead,
        filters.FilterSaved,
        filters.FilterDropped,
        bookkeeping.SessionsExported,
        bookkeeping.LogCopied,
        bookkeeping.CheckpointMade,
        bookkeeping.SessionForgotten,
        bookkeeping.RemainsCleared,
        bookkeeping.Erased,
        access.TokenIssued,
        access.TokenRevoked,
        access.PeopleChanged,
        access.AccountOpened,
        access.IdentityLinked,
        access.RoleGiven,
        access.PasswordSet,
        access.PasswordRehashed,
        access.AccountDisabled,
        access.AccountEnabled,
        access.SignedIn,
        access.SignInRenewed,
        access.SignedOut,
        access.SignInsFailed,
        batches.BatchOpened,
        batches.GuidelinesWritten,
        batches.BatchClosed,
        batches.SessionClaimed,
        batches.ClaimRenewed,
        batches.ClaimReleased,
        batches.SessionSkipped,
        batches.SessionDone,
        batches.SessionReopened,
        batches.BatchListed,
        batches.BatchUnlisted,
        batches.SessionMarkedGold,
        batches.SessionUnmarkedGold,
        own.GuideClosed,
    )
}

UPCASTERS: Final[dict[str, tuple[Callable[[JsonObject], JsonObject], ...]]] = {}
"""Type in the log -> functions from each older shape of its payload to the next; none is needed yet."""

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS


_MISSING: Final = object()
_FIELDS: Final = {
    kind: [(name, defaults(kind).get(name, _MISSING)) for name in kind.__struct_fields__]
    for kind in EVENT_TYPES.values()
}
_TUPLES: Final = {
    kind: [
        (name, of == "Ranking") for name, of in declared(kind).items() if of.startswith(("tuple", "Ranking"))
    ]
    for kind in EVENT_TYPES.values()
}
_DECODERS: Final = {kind: Decoder(event_class) for kind, event_class in EVENT_TYPES.items()}


def encode(event: Event) -> bytes:
    """Canonical bytes: keys sorted, defaults left out. Equal events give equal bytes.

    Raises:
        EventNotStorable: a value that is no JSON at all, or nested too deeply (some 250 levels).
    """
    payload = {
        name: value
        for name, default in _FIELDS[type(event)]
        if (value := getattr(event, name)) is not default
        and (value != default or type(value) is not type(default))
    }
    try:
        return orjson.dumps(payload, option=_OPTIONS)
    except TypeError:  # rare, so looked for only when orjson has refused
        return _encode_mended(event.type, payload)


def _encode_mended(kind: str, payload: JsonObject) -> bytes:
    try:
        return orjson.dumps(_mended(payload), option=_OPTIONS)
    except (TypeError, OverflowError, RecursionError) as error:
        raise EventNotStorable(f"{kind}: {error}") from error


def _mended(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case int() if not -(2**63) <= value < 2**64:
            return float(value)
        case dict():
            return {_mended(key): _mended(each) for key, each in value.items()}
        case list() | tuple():
            return [_mended(each) for each in value]
        case _:
            return value


def schema_of(kind: str) -> int:
    """Version of a type's shape, from 1: what is written today."""
    return len(UPCASTERS.get(kind, ())) + 1


def decode(kind: str, payload: bytes | str, schema: int | None = None) -> Event:
    """The event of a row that was written with the given shape; None: today's.

    An event type that this program does not know (written by a newer one) comes back as `Opaque`.

    Raises:
        EventTooNew: a newer program wrote it, in a shape or with fields that this one does not know.
            Whoever folds would otherwise pass by what happened.
    """
    decoder = _DECODERS.get(kind)
    if decoder is None:
        return session.Opaque(kind, orjson.loads(payload))
    if schema is not None and (schema != 1 or kind in UPCASTERS):
        return _made(kind, _upcast(kind, orjson.loads(payload), schema))
    try:
        return decoder.decode(payload)
    except ValidationError:  # a source may have said what is not of the kind that it should be
        return _made(kind, orjson.loads(payload))


def _made(kind: str, data: JsonObject) -> Event:
    """The event with these fields, whatever they hold. Raises EventTooNew."""
    event_class = EVENT_TYPES[kind]
    for name, in_pairs in _TUPLES[event_class]:
        if name in data:
            value = data[name]
            data[name] = tuple(map(tuple, value)) if in_pairs else tuple(value)
    try:
        return event_class(**data)
    except TypeError:
        if isinstance(data, dict) and (unknown := data.keys() - {*event_class.__struct_fields__}):
            raise EventTooNew(kind, f"a field {min(unknown)!r}") from None
        raise


def _upcast(kind: str, data: JsonObject, schema: int) -> JsonObject:
    """The payload in today's shape."""
    upcasters = UPCASTERS.get(kind, ())
    if schema > len(upcasters) + 1:
        raise EventTooNew(kind, f"shape {schema}")
    if schema < 1:
        raise ValueError(f"{kind} has no shape {schema}")
    for upcast in upcasters[schema - 1 :]:
        data = upcast(data)
    return data

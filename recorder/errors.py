"""Every failure a user may cause or meet, drawn as a tree.

RecorderError
├── NotationError            a text that is not what it should be, with file and line
├── SourceUnreadable         a file from which no session can be taken
├── BrokerUnusable           a message broker that cannot be reached, or not like this
├── LogError
│   ├── VersionConflict      somebody appended first
│   ├── EventConflict        one event id, two contents
│   ├── DatabaseUnusable     locked, read-only, no database, no rights
│   ├── DatabaseOutOfDate    the schema is older or newer than the program
│   ├── EventTooNew          an event has a shape that only a newer program knows
│   ├── UpgradeRefused       a database that cannot be upgraded without losing something
│   ├── KeyUnusable          no master key, or not the one that the log was written with
│   ├── EventAltered         an event is not as it was written, or one before it is missing
│   ├── CopyRefused          the target holds something else, or the source cannot be copied like that
│   ├── LogContradictory     it is not what was written; `recorder verify` says where
│   ├── NotCovered           an event that is not there, or that no checkpoint covers yet
│   ├── NotForgettable       a session that was written without encryption
│   └── NotRotatable         there is no second master key to go to
├── AuditFileUnusable        a checkpoint, a proof or a signing key that is none
├── ModelError
│   ├── UnknownModel         no such model in the folder
│   ├── ModelUnreadable      damaged, or written by something else
│   ├── UnknownName          an intent or an action that its domain does not have
│   └── DomainMismatch       a model trained for another domain
├── TrainingError            data from which nothing can be learned
├── CasesUnusable            no test stories, or some that cannot be read
├── ReviewError
│   ├── UnknownSession
│   ├── UnknownStep
│   ├── StaleDecision        made on a version of the step that is no longer current
│   ├── VotesChanged         somebody voted or adjudicated since the step was looked at
│   ├── InvalidDecision      cannot be made here: nothing to undo, no such choice
│   ├── AlreadySubmitted
│   ├── UnknownBatch
│   ├── BatchRefused         cannot be opened like that: the name is taken, nothing fits
│   ├── BatchOver            it is closed
│   ├── NotInBatch           somebody whom it does not name
│   ├── NoPlaceLeft          others have all places of a session
│   └── SkipsSpent           as many were skipped today as may be
├── TagUnusable              empty, too long, more than one line
├── CommentUnusable          empty, too long
├── FilterUnusable           no name for a saved filter, or too many of them
├── NotAllowed               a role that may not do this
├── AccountError             an account that cannot be opened or changed like that
├── SignInRefused            a wrong name or password
├── SignInDelayed            too many attempts to sign in
├── NotSignedIn              nobody is, or no longer
├── RedactionUnusable        a pattern or a kind of personal data that cannot be looked for
├── ActionsUnreadable        a file of custom actions cannot be used
├── ActionFailed             a custom action could not be run
├── ActionRejected           a custom action declined
├── ActionServerSilent       no answer came from an action server
├── EndpointUnusable         an endpoint that cannot be reached like this
├── OutputExists             a file that would be overwritten
├── OutputUnwritable         no room, no rights
├── OutputChanged            somebody else wrote to the file meanwhile
├── ClusterUnusable          no Dask, no scheduler there, no worker
├── TokenError               a token that cannot be issued or revoked
├── TokenNeeded              a server that other machines can reach has to have one
├── AddressRefused           without accounts, the review app is for this machine only
├── PortTaken                another program listens there
└── SettingUnusable          a variable of the environment that says nothing
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path


class RecorderError(Exception):
    """Base of all expected failures; `str(error)` is one sentence fit for a user's eyes."""

    def __reduce__(self) -> tuple[object, ...]:
        """A worker's error reaches the process that asked: what is given to make it is not what it holds."""
        return _made_again, (type(self), str(self), self.__dict__)


def _made_again(kind: type[RecorderError], message: str, fields: dict[str, object]) -> RecorderError:
    error = kind.__new__(kind, message)
    error.__dict__.update(fields)
    return error


class NotationError(RecorderError):
    """A text could not be read as what it should be."""

    def __init__(self, message: str, *, file: str | Path = "", line: int | None = None) -> None:
        self.message = message
        self.file = str(file)
        self.line = line
        place = ":".join(str(part) for part in (self.file, line) if part not in ("", None))
        super().__init__(f"{place}: {message}" if place else message)


class SourceUnreadable(RecorderError):
    """No session can be taken from a file."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file, self.reason = file, reason


class BrokerUnusable(RecorderError):
    """No message can be taken from a broker. `broker`: without a password."""

    def __init__(self, broker: str, reason: str) -> None:
        super().__init__(f"Cannot take messages from {broker}: {reason}.")
        self.broker, self.reason = broker, reason


class LogError(RecorderError):
    """The log refused, or could not be reached."""


class VersionConflict(LogError):
    """Another writer appended to the stream first; nothing was written."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream} is at version {actual}, not {expected}: somebody wrote to it first.")
        self.stream, self.expected, self.actual = stream, expected, actual


class EventConflict(LogError):
    """An event id is in the log already, with other content; nothing was written."""

    def __init__(self, event_id: str, stream: str, taken: Mapping[str, str] | None = None) -> None:
        """Args: taken: all such ids of the append, each with the stream that has it."""
        super().__init__(f"Event {event_id} is already in {stream} with other content.")
        self.event_id, self.stream = event_id, stream
        self.taken = taken or {event_id: stream}


class EventNotStorable(LogError):
    """An event holds what JSON cannot say; nothing was written."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The event cannot be stored: {reason}.")
        self.reason = reason


class EventTooNew(LogError):
    """To read it as what it is not would be worse than not to read it."""

    def __init__(self, kind: str, shape: str) -> None:
        super().__init__(f"An event {kind!r} has {shape}: a newer program wrote it. Update the program.")
        self.kind = kind


class UpgradeRefused(LogError):
    """The database is as it was."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The database cannot be upgraded: {reason}. Nothing is changed. Restore it from a backup."
        )
        self.reason = reason


class DatabaseUnusable(LogError):
    """The storage refused. `passing`: it may do so no longer in a moment (locked, restarting)."""

    def __init__(self, database: str, reason: str, advice: str = "", *, passing: bool = False) -> None:
        super().__init__(f"Cannot use {database}: {reason}." + (f" {advice}" if advice else ""))
        self.database, self.reason, self.passing = database, reason, passing


class DatabaseOutOfDate(LogError):
    def __init__(self, database: str, found: str | None, expected: str) -> None:
        state = f"is at schema {found}" if found else "has no schema yet"
        newer = found is not None and found > expected
        advice = "Update the program." if newer else "Run `recorder init`."
        super().__init__(f"{database} {state}; this program needs {expected}. {advice}")
        self.database, self.found, self.expected = database, found, expected


class KeyUnusable(LogError):
    def __init__(self, reason: str, advice: str = "") -> None:
        super().__init__(f"The log cannot be opened: {reason}." + (f" {advice}" if advice else ""))
        self.reason = reason


class EventAltered(LogError):
    def __init__(self, database: str, position: int) -> None:
        super().__init__(
            f"Event {position} of {database} is not as it was written, or one before it is missing. "
            "Run `recorder verify`; restore the log from a backup."
        )
        self.database, self.position = database, position


class CopyRefused(LogError):
    def __init__(self, source: str, target: str, reason: str, advice: str = "") -> None:
        super().__init__(f"Cannot copy {source} to {target}: {reason}." + (f" {advice}" if advice else ""))
        self.source, self.target, self.reason = source, target, reason


class LogContradictory(LogError):
    def __init__(self, reason: str) -> None:
        super().__init__(f"The log is not what was written: {reason} See `recorder verify`.")
        self.reason = reason


class NotCovered(LogError):
    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what} cannot be proved: {reason}.")
        self.reason = reason


class AuditFileUnusable(RecorderError):
    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}.")
        self.path = str(path)


class NotForgettable(LogError):
    """What a session says stands in the log as plain text; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            "This session cannot be forgotten: it was recorded without encryption, and the log never "
            "changes what it holds. Copy the log into a new, encrypted one with `recorder copy FROM TO "
            "--encrypt`, forget the session there, and delete the old one."
        )


class NotRotatable(LogError):
    """The master keys cannot be changed now; nothing was."""


class ModelError(RecorderError):
    """A trained model cannot be used."""


class UnknownModel(ModelError):
    def __init__(self, model: str, folder: str | Path, known: Sequence[str] = ()) -> None:
        there = f"there are: {', '.join(known)}" if known else "there is none yet; run `recorder train`"
        super().__init__(f"No model {model!r} in {folder}; {there}.")
        self.model = model


class ModelUnreadable(ModelError):
    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"The model in {path} cannot be read: {reason}. Train it again, or name another.")
        self.path = str(path)


class DomainMismatch(ModelError):
    def __init__(self, model: str, reason: str) -> None:
        super().__init__(f"Model {model} was trained for another domain: {reason}.")
        self.model = model


class UnknownName(ModelError):
    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"The {kind} {name!r} does not exist in the domain.")
        self.kind, self.name = kind, name


class TrainingError(RecorderError):
    """Data from which nothing can be learned."""


class CasesUnusable(RecorderError):
    """There is nothing to test with; each line of the message names a file and what is wrong with it."""


class ReviewError(RecorderError):
    """A decision that cannot be taken."""


class UnknownSession(ReviewError):
    def __init__(self, session: str, *, forgotten: bool = False) -> None:
        """Args: forgotten: some sessions were, so that this may be one of them."""
        why = " It may have been forgotten." if forgotten else ""
        super().__init__(f"There is no session {session!r} in the log.{why}")
        self.session = session


class UnknownStep(ReviewError):
    def __init__(self, step: str) -> None:
        super().__init__(f"Step {step!r} is not in this session.")
        self.step = step


class StaleDecision(ReviewError):
    def __init__(self, step: str, made_on: int, current: int) -> None:
        super().__init__(
            f"This step was decided elsewhere meanwhile: it is at version {current}, not {made_on}."
        )
        self.step, self.made_on, self.current = step, made_on, current


class VotesChanged(ReviewError):
    def __init__(self, step: str) -> None:
        super().__init__("Somebody voted on this step, or adjudicated it, meanwhile: look at it again.")
        self.step = step


class InvalidDecision(ReviewError):
    """The decision makes no sense here; the message says why."""


class AlreadySubmitted(ReviewError):
    def __init__(self) -> None:
        super().__init__("This review is submitted; reopen it to change it.")


class UnknownBatch(ReviewError):
    def __init__(self, batch: str) -> None:
        super().__init__(f"There is no batch {batch!r}.")
        self.batch = batch


class BatchRefused(ReviewError):
    """A batch that cannot be opened like that; nothing was written."""


class BatchOver(ReviewError):
    def __init__(self, batch: str) -> None:
        super().__init__(f"Batch {batch!r} is closed. What you have begun can still be submitted.")
        self.batch = batch


class NotInBatch(ReviewError):
    def __init__(self, batch: str, person: str) -> None:
        super().__init__(f"{person} is not among the annotators of batch {batch!r}.")
        self.batch, self.person = batch, person


class NoPlaceLeft(ReviewError):
    def __init__(self) -> None:
        super().__init__("Others have this session in hand, or have submitted it: it needs nobody more.")


class SkipsSpent(ReviewError):
    def __init__(self, most: int) -> None:
        super().__init__(f"{most} sessions were skipped today, which is as many as may be.")
        self.most = most


class TagUnusable(RecorderError):
    def __init__(self, longest: int) -> None:
        super().__init__(f"A tag is one line of 1 to {longest} characters.")


class CommentUnusable(RecorderError):
    def __init__(self, longest: int) -> None:
        super().__init__(f"A comment is a text of 1 to {longest:,} characters.")


class FilterUnusable(RecorderError):
    """Filters cannot be saved like that."""


class NotAllowed(RecorderError):
    """Nothing was done. `least`: the role that it takes."""

    def __init__(self, person: str, role: str, command: str, least: str) -> None:
        what = command.replace("_", " ")
        super().__init__(f"{person} is signed in as {role} and may not {what}: that takes the role {least}.")
        self.person, self.role, self.command, self.least = person, role, command, least


class AccountError(RecorderError):
    """An account cannot be opened or changed like that; nothing was."""


class SignInRefused(RecorderError):
    """Says nothing of what is wrong."""

    def __init__(self) -> None:
        super().__init__("This name and this password do not go together.")


class NotSignedIn(RecorderError):
    """Nobody is, or no longer."""

    def __init__(self, why: str = "You are not signed in, or no longer.") -> None:
        super().__init__(f"{why} What is not saved yet stays in this browser.")


class SignInDelayed(RecorderError):
    def __init__(self, seconds: float) -> None:
        whole = math.ceil(seconds)
        unit = "second" if whole == 1 else "seconds"
        super().__init__(f"There were too many attempts: wait {whole} {unit}, then try again.")
        self.seconds = whole


class RedactionUnusable(RecorderError):
    def __init__(self, reason: str) -> None:
        super().__init__(f"Texts cannot be redacted: {reason}.")
        self.reason = reason


class ActionsUnreadable(RecorderError):
    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"The actions in {path} cannot be used: {reason}.")
        self.path = str(path)


class ActionFailed(RecorderError):
    def __init__(self, action: str, reason: str) -> None:
        super().__init__(f"Action {action} failed: {reason}.")
        self.action, self.reason = action, reason


class ActionRejected(RecorderError):
    def __init__(self, action: str) -> None:
        super().__init__(f"Action {action} declined to run.")
        self.action = action


class ActionServerSilent(RecorderError):
    """No answer came. `sent`: the server may have got the request, or some of it. `late`: time was up."""

    def __init__(self, reason: str, *, sent: bool, late: bool = False) -> None:
        super().__init__(f"The action server gave no answer: {reason}.")
        self.reason, self.sent, self.late = reason, sent, late


class EndpointUnusable(RecorderError):
    """`endpoint`: its address, without what is secret."""

    def __init__(self, endpoint: str, reason: str) -> None:
        super().__init__(f"The action server at {endpoint} cannot be used: {reason}.")
        self.endpoint, self.reason = endpoint, reason


class OutputExists(RecorderError):
    def __init__(self, path: str | Path) -> None:
        super().__init__(f"{path} exists already; nothing was written. Use --force to replace it.")
        self.path = str(path)


class OutputUnwritable(RecorderError):
    def __init__(self, path: str | Path, reason: str) -> None:
        super().__init__(f"Cannot write to {path}: {reason}.")
        self.path = str(path)


class OutputChanged(RecorderError):
    def __init__(self, path: str | Path) -> None:
        super().__init__(f"{path} was changed by somebody else meanwhile; nothing was written to it.")
        self.path = str(path)


class ClusterUnusable(RecorderError):
    def __init__(self, cluster: str, reason: str, advice: str = "") -> None:
        super().__init__(f"Cannot use {cluster}: {reason}." + (f" {advice}" if advice else ""))
        self.cluster, self.reason = cluster, reason


class TokenError(RecorderError):
    """A token cannot be issued or revoked like that."""


class TokenNeeded(RecorderError):
    def __init__(self, address: str) -> None:
        super().__init__(
            f"Other machines can reach {address}, so a token is needed there: make one with "
            "`recorder token add NAME --scope …`, or listen on 127.0.0.1."
        )
        self.address = address


class AddressRefused(RecorderError):
    def __init__(self, address: str) -> None:
        super().__init__(
            "Without accounts, only this machine may reach the review app: open one with `recorder user add "
            f"NAME --role admin`, or use 127.0.0.1, not {address}."
        )
        self.address = address


class PortTaken(RecorderError):
    def __init__(self, port: int, free: int | None) -> None:
        advice = f" Port {free} is free: use --port {free}." if free else ""
        super().__init__(f"Port {port} is taken by another program.{advice}")
        self.port, self.free = port, free


class SettingUnusable(RecorderError):
    def __init__(self, setting: str, advice: str) -> None:
        super().__init__(f"{setting} has a value that it cannot have: {advice}.")
        self.setting = setting

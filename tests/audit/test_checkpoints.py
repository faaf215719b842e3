"""Checkpoints: made, signed, kept outside, and held against the log."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from recorder.audit.checkpoints import content_of, make_checkpoint, read_checkpoint, signed_lines
from recorder.audit.files import write_new
from recorder.audit.signing import SigningKey, load_public_key, load_signing_key, new_keys
from recorder.audit.stored_rows import leaf_at
from recorder.errors import AuditFileUnusable, LogContradictory, OutputUnwritable
from recorder.events.bookkeeping import CheckpointMade
from recorder.events.event import changed, checkpoint_stream
from recorder.events.session import UserUttered
from recorder.store.merkle import root_of
from recorder.store.sql import SqlLog
from recorder.store.statements import EVENTS, STREAMS
from tests.audit.hands import World, first, raw


@pytest.fixture
def signer(tmp_path: Path) -> SigningKey:
    return new_keys(tmp_path / "signing")[0]


def signed(world: World, signer: SigningKey) -> CheckpointMade:
    record = make_checkpoint(world.log, signer=signer, clock=lambda: datetime(2024, 5, 1, tzinfo=UTC))
    assert record is not None and isinstance(record.event, CheckpointMade)
    return record.event


def test_a_checkpoint_is_an_event_with_the_root_of_all_before_it(world: World) -> None:
    digests = {row["id"]: row["digest"] for row in world.get(STREAMS)}
    with world.log.engine.connect() as connection:
        leaves = [leaf_at(row, row[0], None if row[2] else digests[row[1]]) for row in raw(connection)]

    made = world.checkpoint()

    assert (made.size, made.root, made.encrypted) == (24, root_of(leaves).hex(), True)
    (record,) = world.log.read(checkpoint_stream())
    assert (record.event, record.position) == (made, 25)


def test_the_next_checkpoint_goes_on_from_the_last_and_reads_only_what_is_new(world: World) -> None:
    before = world.checkpoint()
    read: list[tuple[int, int]] = []
    world.log.append("session/c", [UserUttered("later")] * 3)

    record = make_checkpoint(world.log, progress=lambda done, total: read.append((done, total)))

    assert read == [(4, 4)]
    assert record is not None and isinstance(record.event, CheckpointMade)
    assert record.event.size == 28
    assert world.verify(before, record.event).is_right


def test_an_empty_log_has_no_checkpoint(any_sql_log: SqlLog) -> None:
    assert make_checkpoint(any_sql_log) is None
    assert any_sql_log.position() == 0


def test_what_is_appended_meanwhile_is_for_the_next_checkpoint(world: World) -> None:
    def meanwhile(done: int, total: int) -> None:
        world.log.append("session/c", [UserUttered("meanwhile")])

    record = make_checkpoint(world.log, progress=meanwhile)

    assert record is not None and isinstance(record.event, CheckpointMade)
    assert (record.event.size, record.position) == (24, 26)
    assert world.verify(record.event).is_right


def test_a_log_may_be_verified_while_others_append(world: World) -> None:
    def write() -> None:
        for number in range(30):
            world.log.append(f"session/{number}", [UserUttered("one"), UserUttered("two")])
            make_checkpoint(world.log)

    writer = threading.Thread(target=write)
    writer.start()
    reports = [world.verify(deep=True)]
    while writer.is_alive():
        reports.append(world.verify(deep=True))
    writer.join()

    assert [finding for report in reports for finding in report.findings] == []
    assert world.verify(deep=True).checkpoints == 30


def test_no_checkpoint_is_made_of_what_does_not_follow(world: World) -> None:
    world.set(EVENTS, 9, actor="somebody else")

    with pytest.raises(LogContradictory, match="Event 9 does not follow"):
        make_checkpoint(world.log)

    assert world.log.position() == 24


def test_who_signs_does_not_build_on_what_others_slipped_in(world: World, signer: SigningKey) -> None:
    false = changed(world.checkpoint(), size=16, root="0" * 64, peaks=("0" * 64,))
    world.log.append(checkpoint_stream(), [false])

    made = signed(world, signer)

    report = world.verify(made, public_keys=[signer.public])
    assert [each.position for each in report.findings] == [26]
    assert "the checkpoint in event 26 is false" in report.findings[0].what
    assert report.signatures == 2  # in the log, and outside


def test_a_signature_is_right_or_wrong(world: World, signer: SigningKey, tmp_path: Path) -> None:
    made = signed(world, signer)
    other = new_keys(tmp_path / "other")[0]

    assert world.verify(made, public_keys=[signer.public]).is_right
    forged = changed(made, time="2024-05-02 00:00:00.000000")
    assert (
        "signature of kept0.json is wrong"
        in world.verify(forged, public_keys=[signer.public]).findings[0].what
    )
    unsigned = changed(made, key="", signature="")
    said = [each.what for each in world.verify(unsigned, public_keys=[signer.public]).findings]
    assert said == ["kept0.json is signed with none of the keys that were given."]
    said = [each.what for each in world.verify(made, public_keys=[other.public]).findings]
    assert any(f"Nothing is signed with key {other.public.id}" in each for each in said)


def test_a_forged_signature_in_the_log_is_found(world: World, signer: SigningKey) -> None:
    made = signed(world, signer)
    world.log.append(checkpoint_stream(), [changed(made, signature="00" * 64)])

    found = first(world.verify(public_keys=[signer.public]), "signature")

    assert found.position == 26


def test_signed_checkpoints_that_were_removed_are_missed(world: World, signer: SigningKey) -> None:
    signed(world, signer)
    world.run("DELETE FROM events WHERE position = 25", "DELETE FROM streams WHERE name = 'checkpoint'")
    world.set(EVENTS, 9, actor="somebody else")
    world.rehash()

    assert world.verify().is_right
    assert first(world.verify(public_keys=[signer.public]), "signature").kind == "forgery"


def test_whether_the_log_encrypts_is_signed_too(world: World, signer: SigningKey) -> None:
    made = signed(world, signer)

    assert signed_lines(made).endswith(b"\nencrypted\n")
    assert not signer.public.is_right(made.signature, signed_lines(changed(made, encrypted=False)))


def test_a_checkpoint_comes_back_from_its_file(world: World, signer: SigningKey, tmp_path: Path) -> None:
    made, file = signed(world, signer), tmp_path / "kept.json"

    write_new(file, content_of(made))

    assert read_checkpoint(file) == made


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": "recorder checkpoint 2"}, "not what this program calls"),
        ({"size": "24"}, "its size is of another kind"),
        ({"size": 25}, "number of peaks"),
        ({"root": "0" * 64}, "do not make up its root"),
        ({"root": "x"}, "a hash in it is none"),
        ({"peaks": None}, "it is no checkpoint"),
    ],
    ids=str,
)
def test_a_file_that_is_no_checkpoint_is_refused(
    world: World, tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    file = tmp_path / "kept.json"
    file.write_bytes(orjson.dumps({**orjson.loads(content_of(world.checkpoint())), **change}))

    with pytest.raises(AuditFileUnusable, match=reason):
        read_checkpoint(file)


def test_keys_are_written_for_their_owner_alone_and_never_over_others(tmp_path: Path) -> None:
    file = tmp_path / "signing"
    made, beside = new_keys(file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_signing_key(file).public.id == load_public_key(beside).id == made.public.id
    before = file.read_bytes()
    with pytest.raises(OutputUnwritable, match="there already"):
        new_keys(file)
    beside.unlink()
    with pytest.raises(OutputUnwritable, match="there already"):
        new_keys(file)
    assert file.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["signing"]


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "signing"
    _, beside = new_keys(file)

    with pytest.raises(AuditFileUnusable, match="no private Ed25519 key"):
        load_signing_key(beside)
    with pytest.raises(AuditFileUnusable, match="no public Ed25519 key"):
        load_public_key(file)
    with pytest.raises(AuditFileUnusable, match="No such file"):
        load_public_key(tmp_path / "none")

"""Proofs that need no database."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.audit.checkpoints import signed_lines
from recorder.audit.files import write_new
from recorder.audit.marks import Held
from recorder.audit.proofs import Growth, Proof, check_proof, prove, prove_growth, read_proof
from recorder.audit.signing import SigningKey, new_keys
from recorder.errors import AuditFileUnusable, LogContradictory, NotCovered
from recorder.events.event import changed
from recorder.events.session import UserUttered
from recorder.store.chain import leaf_of
from recorder.store.statements import EVENTS
from tests.audit.hands import World
from tests.audit.test_checkpoints import signed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def signer(tmp_path: Path) -> SigningKey:
    return new_keys(tmp_path / "signing")[0]


def test_every_event_can_be_proved_by_a_file_alone(world: World, signer: SigningKey, tmp_path: Path) -> None:
    made = signed(world, signer)

    for row in world.get(EVENTS)[:24]:
        file = tmp_path / f"{row['position']}.json"
        write_new(file, prove(world.log.database, row["id"], made).content())
        proof = read_proof(file)
        assert isinstance(proof, Proof)
        assert (proof.columns[0], proof.payload) == (row["position"], row["payload"])
        assert check_proof("it", proof, [], [signer.public]) == []
        assert check_proof("it", proof, [Held("kept", made)], []) == []


def test_a_proof_holds_for_nothing_else(world: World, signer: SigningKey) -> None:
    made = signed(world, signer)
    proof = prove(world.log.database, world.get(EVENTS)[9]["id"], made)

    others = [
        *(
            replace(proof, columns=(*proof.columns[:n], _other(proof.columns[n]), *proof.columns[n + 1 :]))
            for n in range(9)
        ),
        replace(proof, payload=proof.payload + b" "),
        replace(proof, digest=bytes(32)),
        replace(proof, path=proof.path[:-1]),
        replace(proof, checkpoint=changed(made, root="0" * 64)),
    ]

    for other in others:
        assert check_proof("it", other, [], [signer.public]) != []


def _other(value: Any) -> Any:
    return value + 1 if isinstance(value, int) else value + "x"


def test_nobody_vouches_for_a_checkpoint_without_key_or_copy(
    world: World, signer: SigningKey, tmp_path: Path
) -> None:
    made = signed(world, signer)
    proof = prove(world.log.database, world.get(EVENTS)[9]["id"], made)
    other = new_keys(tmp_path / "other")[0]

    assert "Nobody vouches" in check_proof("it", proof, [], [])[0].what
    assert "none of the keys" in check_proof("it", proof, [], [other.public])[0].what
    kept = Held("kept", changed(made, root="0" * 64))
    assert "not the one that was kept" in check_proof("it", proof, [kept], [])[0].what


def test_what_is_not_covered_cannot_be_proved(world: World) -> None:
    made = world.checkpoint()
    late = world.log.append("session/c", [UserUttered("late")])[0].id

    with pytest.raises(NotCovered, match="it is at 26, and the checkpoint covers 24"):
        prove(world.log.database, late, made)
    with pytest.raises(NotCovered, match="not in the log"):
        prove(world.log.database, "nothing", made)


def test_no_proof_is_made_for_a_checkpoint_of_another_log(world: World) -> None:
    made = world.checkpoint()
    world.set(EVENTS, 3, actor="somebody else")
    world.rehash()

    with pytest.raises(LogContradictory, match="the checkpoint was not made of these events"):
        prove(world.log.database, world.get(EVENTS)[9]["id"], made)


def test_growth_is_proved_and_change_is_not(world: World, signer: SigningKey, tmp_path: Path) -> None:
    before = signed(world, signer)
    world.log.append("session/c", [UserUttered("late")] * 7)
    after = signed(world, signer)

    write_new(tmp_path / "growth.json", prove_growth(world.log.database, before, after).content())
    growth = read_proof(tmp_path / "growth.json")

    assert isinstance(growth, Growth)
    assert check_proof("it", growth, [], [signer.public]) == []
    assert check_proof("it", replace(growth, before=changed(before, root="0" * 64)), [], [signer.public])
    with pytest.raises(NotCovered):
        prove_growth(world.log.database, after, before)
    with pytest.raises(LogContradictory):
        prove_growth(world.log.database, changed(before, root="0" * 64), after)


@pytest.mark.parametrize(
    "change",
    [{"path": ["x"]}, {"path": None}, {"event": {}}, {"checkpoint": {}}, {"format": "recorder proof 9"}],
    ids=str,
)
def test_a_file_that_is_no_proof_is_refused(world: World, tmp_path: Path, change: dict[str, object]) -> None:
    proof = prove(world.log.database, world.get(EVENTS)[9]["id"], world.checkpoint())
    file = tmp_path / "proof.json"
    file.write_bytes(orjson.dumps({**orjson.loads(proof.content()), **change}))

    with pytest.raises(AuditFileUnusable):
        read_proof(file)


def documented() -> dict[str, Any]:
    """The checker that docs/audit.md prints, which uses nothing of ours."""
    (program,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "docs" / "audit.md").read_text(encoding="utf-8"), re.DOTALL
    )
    names: dict[str, Any] = {"__name__": "documented"}
    exec(compile(program, "docs/audit.md", "exec"), names)
    return names


def test_the_checker_of_the_docs_agrees(world: World, signer: SigningKey) -> None:
    made, checker = signed(world, signer), documented()

    for position in (1, 2, 10, 24):
        proof = orjson.loads(prove(world.log.database, world.get(EVENTS)[position - 1]["id"], made).content())
        assert checker["holds"](proof)
        assert not checker["holds"]({**proof, "event": {**proof["event"], "actor": "somebody else"}})
        assert checker["signed"](proof["checkpoint"]) == signed_lines(made)


@given(st.text(), st.text())
def test_the_checker_of_the_docs_writes_texts_as_the_log_does(identity: str, actor: str) -> None:
    columns = (
        1,
        2,
        3,
        identity,
        "user",
        1,
        "2024-05-01 12:00:00.000000",
        "2024-05-01 12:00:00.000000",
        actor,
    )
    names = ("position", "stream", "version", "id", "type", "schema", "occurred_at", "recorded_at", "actor")
    event = {**dict(zip(names, columns, strict=True)), "payload": "e30=", "digest": None}

    assert DOCUMENTED["leaf"](event) == leaf_of(*columns, b"{}", None)


DOCUMENTED = documented()

"""Logs hold facts of the program, and nothing that anybody said or was called."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from recorder import logs
from recorder.api import readiness
from recorder.bootstrap import open_recorder
from recorder.cli import main
from recorder.errors import DatabaseUnusable, LogError, VersionConflict
from recorder.events.event import NewEvent, session_stream
from recorder.events.session import BotUttered, SlotSet, UserUttered
from recorder.logs.facts import FACTS, Digest, digest, only_facts
from recorder.settings import Settings
from recorder.store.observing import Written
from recorder.store.schema import upgrade
from recorder.store.tables import REVISION

ROOT = Path(__file__).parents[1]
MARK = "qzsecret7"
"""In every hostile name; it has the shape of a command's name, which is the shape most easily let through."""
LEVELS = ("info", "warning", "error")
SOURCES = [*(ROOT / "recorder").rglob("*.py"), *(ROOT / "review_app").rglob("*.py")]

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
hostile = st.builds("{}{}{}".format, texts, st.just(MARK), texts) | st.just(MARK)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that is logged in this process, as JSON lines."""
    written = io.StringIO()
    processors: list[Any] = [structlog.processors.add_log_level, only_facts]
    processors.append(structlog.processors.JSONRenderer())
    logger = structlog.wrap_logger(structlog.PrintLogger(written), processors=processors)
    monkeypatch.setattr(logs, "_logger", logger)
    yield written


def events(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


# What a line may hold.


@given(st.dictionaries(st.sampled_from(sorted(FACTS)) | texts, st.text() | st.binary() | st.none()))
def test_whatever_is_given_a_line_has_only_facts_of_their_shape(line: dict[str, Any]) -> None:
    kept = only_facts(None, "info", dict(line))

    assert set(kept) <= set(FACTS)
    for key, value in kept.items():
        if key not in ("event", "masked"):
            assert value.isascii() and len(value) <= 130 and "@" not in value and " " not in value


@pytest.mark.parametrize("value", ["ana@example.org", "+49 30 1234", "Ana", "what she said", "", "a" * 33])
def test_what_has_not_the_shape_of_a_fact_is_left_out_and_counted(value: str) -> None:
    told = only_facts(None, "info", {"event": "done", "sender": MARK, **dict.fromkeys(FACTS, value)})

    assert told == {"event": "unnamed", "masked": len(FACTS) + 1}


def test_an_exception_is_told_by_its_classes_and_codes_and_places_never_by_its_words() -> None:
    try:
        try:
            raise OSError(28, MARK, MARK)
        except OSError as error:
            raise DatabaseUnusable(MARK, MARK) from error
    except DatabaseUnusable as error:
        told = only_facts(None, "error", {"event": "failed", "error": error, "traceback": error})

    assert told["error"] == "DatabaseUnusable < OSError (ENOSPC)"
    assert told["traceback"][-1].startswith("tests/test_logs.py:")
    assert MARK not in json.dumps(told)


def test_a_session_is_told_by_a_digest_which_another_process_cannot_repeat() -> None:
    other = "from recorder.logs.facts import digest; print(digest('session/ana'))"
    found = subprocess.run([sys.executable, "-c", other], capture_output=True, text=True, check=True)

    assert digest("session/ana") == digest("session/ana") != digest("session/eva")
    assert found.stdout.strip() != digest("session/ana")
    assert only_facts(None, "info", {"event": "x", "stream": "session/ana"})["masked"] == 1
    assert only_facts(None, "info", {"event": "x", "stream": Digest(digest("a"))})["stream"] == digest("a")


# Who logs.


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for file in SOURCES:
        ours = file.parent.name == "logs"
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                match node.func:
                    case ast.Attribute(ast.Name("logs"), name) if name in LEVELS:
                        yield file, node
                    case ast.Name(name) if ours and name in LEVELS:
                        yield file, node


def test_every_line_that_the_source_logs_has_a_fixed_name_and_facts_of_the_list() -> None:
    found = list(calls())

    assert len(found) > 10
    for file, call in found:
        place = f"{file.name}:{call.lineno}"
        (event,) = call.args
        assert isinstance(event, ast.Constant) and FACTS["event"](event.value) == event.value, place
        assert {keyword.arg for keyword in call.keywords} <= set(FACTS), place


SILENCES = {"rabbitmq.py"}
"""What takes a library's own words away, since it raises as well what it would say."""


def test_nothing_logs_in_another_way() -> None:
    strangers = {"logging", "structlog"}
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            names |= {node.module or ""} if isinstance(node, ast.ImportFrom) else set()
            assert file.parent.name == "logs" or file.name in SILENCES or not names & strangers, file


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hostile, hostile, hostile)
@example(MARK, MARK, MARK)
def test_no_line_of_an_append_repeats_what_was_said_or_by_whom(
    sql_recorder: Settings, lines: io.StringIO, sender: str, text: str, actor: str
) -> None:
    log = open_recorder(sql_recorder).log
    said = [UserUttered(text, {"entities": [{"entity": sender, "value": text}]}), SlotSet(sender, text)]
    identity = f"{sender} {log.position()}"
    log.append(session_stream(sender), said, actor=actor)
    log.append(session_stream(sender), [NewEvent(BotUttered(text), id=identity)], actor=actor)

    with pytest.raises(VersionConflict):
        log.append(session_stream(sender), said, expected_version=99, actor=actor)
    with pytest.raises(LogError):
        log.append(session_stream(sender), [NewEvent(BotUttered(text + "!"), id=identity)], actor=actor)
    logs.written(Written(1, 1, 2.0, 1, [], DatabaseUnusable(sender, text)))
    logs.written(Written(1, 1, 2.0, 0, [], None))

    found = events(lines)
    assert {"append_refused", "append_failed", "append_slow", "connection_lost"} <= {
        line["event"] for line in found
    }
    assert MARK not in lines.getvalue()
    assert not any("masked" in line for line in found)


@pytest.fixture
def sql_recorder(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("RECORDER_DATABASE", url)
    monkeypatch.setenv("RECORDER_MODELS", str(tmp_path / "models"))
    return Settings(url, tmp_path / "models")


def test_no_line_of_a_command_repeats_what_was_read_or_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: io.StringIO
) -> None:
    folder = tmp_path / MARK
    folder.mkdir()
    monkeypatch.setenv("RECORDER_DATABASE", f"sqlite:///{folder}/{MARK}.db")
    told = [{"sender_id": MARK, "event": "user", "text": MARK, "timestamp": 1.0}, {"sender_id": MARK}]
    (folder / f"{MARK}.jsonl").write_text("\n".join(map(json.dumps, told)))

    assert main(["init"]) == 0
    assert main(["ingest", str(folder)]) == 0
    assert main(["export", "--out", str(folder / "out")]) == 0
    assert main(["export", "--out", str(folder / "out"), "--format", "markdown"]) == 1
    assert main(["ingest", str(folder), "--database", f"sqlite:///{MARK}/none"]) == 1
    readiness.checks(Settings(f"postgresql+psycopg://{MARK}:{MARK}@/{MARK}?host={MARK}"))

    names = [line["event"] for line in events(lines)]
    assert {"started", "migrated", "ingested", "exported", "failed", "not_open"} <= set(names)
    assert MARK not in lines.getvalue()


# How it is switched on.


def python(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **environ}
    return subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True)


def test_a_command_that_ends_by_itself_logs_only_when_it_is_asked_to(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/log.db"
    run = "import sys; from recorder.cli import run; sys.argv = ['recorder', 'init']; run()"

    quiet = python(run, RECORDER_DATABASE=url)
    told = python(run, RECORDER_DATABASE=url, RECORDER_LOG="json")
    people = python(run, RECORDER_DATABASE=url, RECORDER_LOG="text")
    errors = python(run, RECORDER_DATABASE=url, RECORDER_LOG_LEVEL="error")
    wrong = python(run, RECORDER_DATABASE=url, RECORDER_LOG_LEVEL="loud")

    assert quiet.stderr == errors.stderr == ""
    assert [json.loads(line)["event"] for line in told.stderr.splitlines()] == ["started", "stopped"]
    assert people.stderr.splitlines()[0].endswith("command=init version=0.1.0")
    assert wrong.returncode == 1
    assert "RECORDER_LOG_LEVEL" in wrong.stderr and wrong.stderr.count("\n") == 1


CONFIGURED = "import os; from recorder import logs; logs.configure(os.environ, stays=True); "


@pytest.mark.parametrize(
    "code",
    [
        f"raise ValueError('{MARK}')",
        f"import threading; t = threading.Thread(target=lambda: int('{MARK}')); t.start(); t.join()",
        f"import logging; logging.getLogger('streamlit.web').error('about %s', '{MARK}')",
        f"import logging\ntry: int('{MARK}')\nexcept ValueError: logging.exception('{MARK}')",
        f"import warnings; warnings.warn('{MARK}')",
        f"logs.error('{MARK.upper()}', error='{MARK}', sender='{MARK}')",
    ],
    ids=["uncaught", "thread", "library", "traceback", "warning", "mistake"],
)
def test_nothing_else_that_reaches_stderr_has_words_of_others(code: str) -> None:
    done = python(CONFIGURED + code)

    (line,) = map(json.loads, done.stderr.splitlines())
    assert line["event"] in ("crashed", "library", "unnamed")
    assert MARK not in done.stderr.lower()


def test_streamlits_own_handlers_write_our_lines() -> None:
    code = f"""
import streamlit.logger
logger = streamlit.logger.get_logger("streamlit.x")
from streamlit import config
config._config_options = config.get_config_options(force_reparse=True, options_from_flags={{
    "logger.messageFormat": "%(message)s"}})
streamlit.logger.update_formatter()
try: int("{MARK}")
except ValueError as error: logger.error("Uncaught {MARK}", exc_info=error)
"""
    done = python(CONFIGURED + code)

    line = json.loads(done.stderr.splitlines()[-1])
    assert (line["event"], line["error"]) == ("library", "ValueError")
    assert MARK not in done.stderr


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    done = python(
        "import sys; sys.stderr = open('/dev/full', 'w');" + CONFIGURED + "logs.error('x'); print(1)"
    )

    assert done.stdout == "1\n"


def test_the_help_loads_nothing_of_it() -> None:
    code = """
import sys
from recorder.cli import main
main(["--help"])
print(sorted(set(sys.modules) & {"structlog", "prometheus_client", "logging.handlers", "sqlalchemy"}))
"""
    assert python(code).stdout.splitlines()[-1] == "[]"


def test_upgrading_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: io.StringIO) -> None:
    url = f"sqlite:///{tmp_path}/old.db"
    upgrade(url, "0002")
    for _ in range(2):
        assert main(["init", "--database", url]) == 0

    (told,) = [line for line in events(lines) if line["event"] == "migrated"]
    assert (told["schema_from"], told["schema_to"]) == ("0002", REVISION)

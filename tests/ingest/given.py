"""Files as Rasa writes them, in one line each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson

Raw = dict[str, Any]

RASA_X = """
    CREATE TABLE conversation (
        sender_id VARCHAR(255) PRIMARY KEY, review_status VARCHAR(50) DEFAULT 'unread');
    CREATE TABLE conversation_event (
        id INTEGER PRIMARY KEY, conversation_id VARCHAR(255), type_name VARCHAR(255),
        timestamp FLOAT, is_flagged BOOLEAN DEFAULT 0, data TEXT);
    CREATE TABLE conversation_tag (id INTEGER PRIMARY KEY, value VARCHAR(255));
    CREATE TABLE conversation_to_tag_mapping (tag_id INTEGER, conversation_id VARCHAR(255));
"""
RASA_SQL = """
    CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255), type_name VARCHAR(255),
        timestamp FLOAT, intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT);
"""
BROKER = "CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255), data TEXT);"


def action(name: str, at: float | None) -> Raw:
    return {"event": "action", "timestamp": at, "name": name, "policy": None, "confidence": None}


def actions(names: str, start: float = 1_600_000_000.0) -> list[Raw]:
    """An action a letter; a letter gives the same event wherever it stands."""
    return [action(name, start + ord(name)) for name in names]


def lines(path: Path, *values: Any) -> Path:
    path.write_bytes(b"".join(orjson.dumps(value) + b"\n" for value in values))
    return path


def sent(sender: str, events: Iterable[Raw]) -> list[Raw]:
    """As a broker sends them."""
    return [{"sender_id": sender, **event} for event in events]


def document(path: Path, value: Any) -> Path:
    path.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2))
    return path


def database(path: Path, schema: str, *statements: tuple[str, tuple[Any, ...]]) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(schema)
        for statement, values in statements:
            connection.execute(statement, values)
        connection.commit()
    return path


def rasa_x(path: Path, sender: str, events: Iterable[Raw], *more: tuple[str, tuple[Any, ...]]) -> Path:
    insert = "INSERT INTO conversation_event (conversation_id, data) VALUES (?, ?)"
    rows = [(insert, (sender, orjson.dumps(event).decode())) for event in events]
    return database(
        path, RASA_X, ("INSERT INTO conversation (sender_id) VALUES (?)", (sender,)), *rows, *more
    )

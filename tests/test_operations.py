"""What docs/ tells operators is true: settings, events, metrics, tests, commands."""

from __future__ import annotations

import ast
import configparser
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from recorder.api import monitoring
from recorder.api.metrics import Metrics
from recorder.cli import COMMANDS, group
from recorder.settings import Settings
from tests.test_logs import calls

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGE = (DOCS / "operations.md").read_text("utf-8")
DEPLOY = DOCS / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    _, _, after = PAGE.partition(f"\n## {heading}\n")
    table = re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)
    assert table is not None, heading
    lines = table.group().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def quoted(cells: list[str]) -> set[str]:
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


# Settings.


def test_every_variable_that_the_program_reads_is_in_the_table_and_no_other() -> None:
    sources = [*(ROOT / "recorder").rglob("*.py"), *(ROOT / "review_app").rglob("*.py")]
    read = {name for file in sources for name in re.findall(r"RECORDER_[A-Z_]+", file.read_text("utf-8"))}

    assert quoted([row[0] for row in rows("Configuration")]) == read


def options(name: str) -> dict[str, object]:
    """The options of a command that are shown, with their defaults."""
    found = group.get_command(click.Context(group), name)
    assert found is not None
    return {
        option: parameter.default
        for parameter in found.params
        if isinstance(parameter, click.Option) and not parameter.hidden
        for option in parameter.opts
    }


def test_the_flags_of_what_runs_all_day_are_in_the_table_with_their_defaults() -> None:
    told = {flag: default for _, flags, default, _ in rows("Configuration") for flag in quoted([flags])}

    for name in ("review", "serve", "monitor"):
        for option, default in options(name).items():
            flag = option if option in told else f"{name} {option}"
            assert flag in told
            if isinstance(default, str | int) and not isinstance(default, bool) and default != "":
                assert f"`{default}`" in told[flag].split(", "), flag


# Logs and metrics.


def test_every_event_that_is_logged_is_in_the_table_and_no_other() -> None:
    logged = {call.args[0].value for _, call in calls() if isinstance(call.args[0], ast.Constant)}

    assert quoted([row[0] for row in rows("Logs")]) == logged | {"library"}


def families(tmp_path: Path, url: str) -> Iterator[tuple[str, str]]:
    """Name and type of what is exposed when there is everything to expose."""
    model = tmp_path / "models" / "abc"
    model.mkdir(parents=True)
    about = {"format": 1, "id": "abc", "trained_at": "2026-01-01T00:00:00Z", "data_hash": "", "checksums": {}}
    (model / "metadata.json").write_text(json.dumps({**about, "scores": {}, "counts": {}}))
    answer = monitoring.application(Settings(url, tmp_path / "models"), Metrics())
    environ = {"PATH_INFO": "/metrics", "REQUEST_METHOD": "GET", "QUERY_STRING": ""}
    body = b"".join(answer(environ, lambda status, headers, exc_info=None: lambda data: None))
    for family in text_string_to_metric_families(body.decode()):
        if not family.name.endswith("_created"):
            yield family.name, family.type


def test_every_metric_is_in_the_table_with_its_type_and_no_other(tmp_path: Path, url: str) -> None:
    exposed = {name.removesuffix("_info") if "build" in name else name for name, _ in families(tmp_path, url)}

    assert quoted([row[0] for row in rows("Metrics")]) == exposed


def test_every_check_is_in_the_table(tmp_path: Path, url: str) -> None:
    answer = monitoring.application(Settings(url), Metrics())
    environ = {"PATH_INFO": "/ready", "REQUEST_METHOD": "GET"}
    body = b"".join(answer(environ, lambda status, headers, exc_info=None: lambda data: None))

    assert [f"`{check['name']}`" for check in json.loads(body)["checks"]] == [
        row[0] for row in rows("Health and readiness")
    ]


# The threat model.


def test_every_test_that_the_threat_model_names_is_there() -> None:
    model = (DOCS / "threat-model.md").read_text("utf-8")
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", model))

    assert len(named) > 20
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_every_link_of_the_pages_leads_somewhere() -> None:
    for page in DOCS.glob("*.md"):
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text("utf-8")):
            assert (DOCS / target).exists(), f"{page.name}: {target}"


# Deployment.


def known(words: list[str]) -> None:
    """A command line of ours: the command exists, and so do its options."""
    name, *rest = words
    assert name in COMMANDS, name
    assert {word for word in rest if word.startswith("--")} <= set(options(name)), words


@pytest.mark.parametrize("name", ["schema", "review", "worker", "monitor"])
def test_a_container_runs_a_command_that_there_is(name: str) -> None:
    known(COMPOSE["services"][name]["command"])


def test_no_container_has_a_secret_in_a_variable_and_all_secrets_are_files() -> None:
    for name, service in COMPOSE["services"].items():
        for variable, value in service.get("environment", {}).items():
            assert not re.search("PASSWORD$|MASTER_KEY$|TOKEN", variable), name
            assert not re.search("://[^/@]*:[^/@]*@", str(value)), name
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert all(list(secret) == ["file"] for secret in COMPOSE["secrets"].values())
    used = {secret for service in COMPOSE["services"].values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])


def test_only_the_proxy_is_reached_from_outside() -> None:
    services = COMPOSE["services"]

    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert services["review"]["network_mode"] == "service:proxy"
    assert "--address" not in services["review"]["command"]


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("systemd/*.service")), ids=lambda unit: unit.stem)
def test_a_service_runs_a_command_that_there_is_without_rights_of_its_own(unit: Path) -> None:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(unit)
    service = dict(parser["Service"])

    line = service["ExecStart"].partition("/opt/recorder/bin/recorder ")[2].rstrip("'")
    known(line.split())
    assert service["User"] == "recorder"
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert not re.search(r"RECORDER_MASTER_KEY=", unit.read_text("utf-8"))


def test_every_timer_has_its_service() -> None:
    timers = list(DEPLOY.glob("systemd/*.timer"))

    assert {timer.stem for timer in timers} == {"recorder-backup", "recorder-checkpoint"}
    assert all(timer.with_suffix(".service").exists() for timer in timers)

"""The program as a process: streams that are closed, full, or of another alphabet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}


def shell(line: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """What a shell line does, in which `$R` is the program."""
    program = f"{sys.executable} -m recorder"
    root = str(Path(__file__).parents[2])
    env = {**os.environ, "PYTHONPATH": root, "R": program, **env}
    return subprocess.run(
        ["/bin/sh", "-c", line], cwd=folder, env=env, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("command", ["$R init", "$R init --json", "$R validate .", "$R --help"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_an_output_that_takes_nothing_is_a_failure_told_in_one_line(command: str, tmp_path: Path) -> None:
    done = shell(f"{command} > /dev/full", tmp_path)

    assert done.returncode == 1
    assert done.stderr == "recorder: No space left on device\n"


@pytest.mark.parametrize("command", ["$R init", "$R init --json", "$R validate --json ."])
def test_nobody_who_reads_on_is_no_reason_to_complain(command: str, tmp_path: Path) -> None:
    done = shell(f"({command}; true) | exec true; $R init >&-", tmp_path)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_closed_input_is_an_empty_one(tmp_path: Path) -> None:
    done = shell("$R init >&- && $R ingest - <&-", tmp_path)

    assert done.returncode == 1
    assert "-: it holds no event" in done.stdout
    assert done.stderr == ""


def test_what_the_terminal_has_no_character_for_is_spelt_out_and_json_is_always_utf_8(
    tmp_path: Path,
) -> None:
    (tmp_path / "🎸.yml").write_text("stories: ]")

    table = shell("$R validate *.yml", tmp_path, **ASCII)
    report = shell("$R validate --json *.yml", tmp_path, **ASCII)

    assert table.stderr == report.stderr == ""
    assert table.stdout.isascii() and ".yml:1: not YAML" in table.stdout
    assert json.loads(report.stdout)["problems"][0]["line"] == 1

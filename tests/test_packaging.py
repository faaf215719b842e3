"""The wheel, as users get it: everything inside, nothing of the checkout needed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "recorder": "recorder",
    "review_app": "review_app",
    "migrations": "recorder/_migrations",
    "data": "recorder/_data",
}
"""In the checkout -> in the wheel."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Built from a copy, since building writes beside the sources; without a network."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(tree / "dist"),
        str(tree),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(next((tree / "dist").glob("*.whl")))


def test_every_file_of_ours_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    wanted = {
        f"{inside}/{file.relative_to(ROOT / folder).as_posix()}"
        for folder, inside in FOLDERS.items()
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }

    assert wanted - set(wheel.namelist()) == set()


def test_the_wheel_brings_no_name_that_is_not_ours(wheel: zipfile.ZipFile) -> None:
    names = {name.split("/")[0] for name in wheel.namelist()}

    assert {name for name in names if not name.endswith(".dist-info")} == {"recorder", "review_app"}


def test_the_program_runs_from_the_wheel_alone(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    site = tmp_path / "site"
    wheel.extractall(site)

    def run(*arguments: str) -> str:
        command, environment = [sys.executable, *arguments], {**os.environ, "PYTHONPATH": str(site)}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, check=True, text=True
        ).stdout

    where = "from recorder.packaged import packaged; print(packaged('migrations'), packaged('data'))"
    assert run("-c", where).split() == [f"{site}/recorder/_migrations", f"{site}/recorder/_data"]
    assert json.loads(run("-m", "recorder", "init", "--json"))["before"] is None
    assert (tmp_path / "recorder.db").exists()

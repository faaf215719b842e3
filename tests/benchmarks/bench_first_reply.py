"""From `recorder talk` to the first reply, the whole process: wall time, and processor time.

python -m tests.benchmarks.bench_first_reply [RUNS]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from recorder.store.schema import upgrade
from tests.benchmarks.bench_conversations import save
from tests.benchmarks.talkers import CONCERTS, model


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save(model(), folder / "models")
        url = f"sqlite:///{folder}/recorder.db"
        upgrade(url)
        command = [sys.executable, "-m", "recorder", "talk", "--actions", str(CONCERTS / "actions.py")]
        command += ["--database", url, "--models", str(folder / "models")]
        walls, cpus = zip(*(_first_reply(command) for _ in range(runs)), strict=True)
    for what, times in (("wall", walls), ("processor", cpus)):
        print(f"first reply, {what}: median {median(times):.2f} s, {min(times):.2f} to {max(times):.2f} s")


def _first_reply(command: list[str]) -> tuple[float, float]:
    before, started = _processor(), perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(b"hello\n")
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"Bot: ")
        wall = perf_counter() - started
        process.stdin.close()
    return wall, _processor() - before


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)

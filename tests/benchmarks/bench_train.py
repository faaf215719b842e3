"""Wall time of `recorder train` on the concert bot, the whole process, imports included.

python -m tests.benchmarks.bench_train [RUNS]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

BOT: Final = Path(__file__).parents[2] / "data" / "concertbot"


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "recorder", "train", "--out", folder]
        for option in ("domain", "stories", "nlu"):
            command += [f"--{option}", str(BOT / f"{option}.yml")]
        times = sorted(_seconds(command) for _ in range(runs))
    shown = ", ".join(f"{name} {time:.2f} s" for name, time in _summary(times))
    print(f"recorder train, {runs} runs: {shown}")


def _summary(times: list[float]) -> list[tuple[str, float]]:
    """`times` ascend."""
    return [("median", median(times)), ("best", times[0]), ("worst", times[-1])]


def _seconds(command: list[str]) -> float:
    start = perf_counter()
    subprocess.run(command, check=True, capture_output=True)  # our own command
    return perf_counter() - start


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)

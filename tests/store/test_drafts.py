"""Files that appear whole or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from recorder.store.drafts import abandoned, drafting, sweep, write_through


def test_who_sweeps_takes_nothing_from_under_who_writes(tmp_path: Path) -> None:
    finished = Event()

    def write(name: str) -> None:
        for round_ in range(100):
            with drafting(tmp_path) as drafts:
                write_through(drafts / name, b"whole")
                (drafts / name).replace(tmp_path / f"{name}-{round_}")

    def clean() -> None:
        while not finished.is_set():
            sweep(tmp_path)

    with ThreadPoolExecutor(4) as pool:
        sweepers = [pool.submit(clean) for _ in range(2)]
        writers = [pool.submit(write, name) for name in "ab"]
        try:
            for writer in writers:
                writer.result()
        finally:
            finished.set()
        for sweeper in sweepers:
            sweeper.result()

    assert {path.name for path in tmp_path.iterdir()} == {f"{n}-{r}" for n in "ab" for r in range(100)}


def test_what_nobody_writes_any_more_is_swept_and_the_rest_stays(tmp_path: Path) -> None:
    with drafting(tmp_path) as left:
        kept = tmp_path / f"{left.name}-of-a-killed-process"
        kept.mkdir()
        (kept / "half").touch()

        assert abandoned(tmp_path) == [kept]
        assert sweep(tmp_path) == [kept]
        assert [*tmp_path.iterdir()] == [left]

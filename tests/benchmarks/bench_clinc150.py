"""Accuracy, calibration and training time on CLINC150, full set, in scope. Prints a table.

    python -m tests.benchmarks.bench_clinc150 [FOLDER]

FOLDER holds data_full.json; by default the shared data beside the checkout.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Final

import orjson

from recorder.dialogue.nlu import Example
from recorder.learning import intents
from recorder.learning.evaluation import calibration_error

FOLDER: Final = Path(__file__).parents[3] / "shared" / "data" / "clinc150" / "data"


def main(argv: Sequence[str]) -> None:
    data = orjson.loads((Path(argv[0] if argv else FOLDER) / "data_full.json").read_bytes())
    examples = [Example(text, intent) for text, intent in data["train"]]
    start = perf_counter()
    classifier, _ = intents.fit(examples)
    trained = perf_counter() - start
    start = perf_counter()
    said = [(intent, *classifier.rank(text)[0]) for text, intent in data["test"]]
    asked = perf_counter() - start
    outside = [classifier.rank(text)[0][1] for text, _ in data["oos_test"]]
    accuracy = sum(intent == guess for intent, guess, _ in said) / len(said)
    print(f"examples                  {len(examples):8} of {len(set(data_intents(examples)))} intents")
    print(f"accuracy                  {accuracy:8.2%} of {len(said)} messages")
    print(f"calibration error         {calibration_error([(i == g, p) for i, g, p in said]):8.2%}")
    print(f"mean probability, outside {sum(outside) / len(outside):8.2f}, inside {mean(said):.2f}")
    print(f"training                  {trained:8.1f} s")
    print(f"a message                 {asked / len(said) * 1000:8.2f} ms")


def data_intents(examples: Sequence[Example]) -> list[str]:
    return [example.intent for example in examples]


def mean(said: Sequence[tuple[str, str, float]]) -> float:
    return sum(probability for _, _, probability in said) / len(said)


if __name__ == "__main__":
    main(sys.argv[1:])

"""People who talk to the served bot all at once, from another process."""

from __future__ import annotations

import pytest

from tests.benchmarks import bench_conversations
from tests.benchmarks.talkers import model


def test_each_conversation_goes_as_it_goes_alone_and_says_what_failed_when_the_action_server_was_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bench_conversations, "SESSIONS", 12)

    run = bench_conversations.once(model(), "", pause=0.25, killed=True)

    assert run.wrong == []
    assert 0 < run.failed < sum(len(heard) for heard in run.heard.values())
    assert all(heard[-1][0] == 200 for heard in run.heard.values())

"""The concert bot: enough data, no problems in it, and the gap that the documentation shows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from recorder.actions import local
from recorder.dialogue import steps
from recorder.events.event import session_stream
from recorder.learning.model import Model, train
from recorder.services.training_files import TrainingFiles, read
from recorder.services.validating import validate
from recorder.store.memory import MemoryLog
from recorder.stories.events import dialogues_of
from recorder.stories.story import ActionStep, SlotStep, Story, UserStep
from recorder.talking.bot import check_actions, respond

BOT = Path(__file__).parents[2] / "data" / "concertbot"
FOUND = [{"artist": "Foo Fighters", "reviews": 4.5}, {"artist": "Katy Perry", "reviews": 5.0}]

CORRECTED = Story(
    "concerts compared",
    (
        UserStep("search_concerts"),
        ActionStep("action_search_concerts"),
        SlotStep((("concerts", FOUND),)),
        UserStep("compare_reviews"),
        ActionStep("action_show_concert_reviews"),
    ),
)


@pytest.fixture(scope="module")
def bot() -> TrainingFiles:
    return read([BOT])


def taught(bot: TrainingFiles, *more: Story) -> Model:
    assert bot.domain is not None
    return train(bot.nlu, dialogues_of([*bot.stories, *more], bot.domain), bot.domain)


def test_there_is_enough_to_learn_from_and_nothing_wrong_with_it(bot: TrainingFiles) -> None:
    assert bot.problems == ()
    assert validate([BOT]).problems == ()
    assert len(bot.stories) >= 12
    assert min(Counter(example.intent for example in bot.nlu.examples).values()) >= 15


def test_every_action_can_be_done(bot: TrainingFiles) -> None:
    check_actions(taught(bot), local.load(BOT / "actions.py"))


def choices(model: Model, *messages: str) -> list[tuple[str | None, float | None]]:
    """What the bot does first after each message, and how sure it is."""
    log, actions = MemoryLog(), local.load(BOT / "actions.py")
    for text in messages:
        respond(log, model, actions, "s", text)
    rows = log.read(session_stream("s"))
    return [(step.chosen, step.confidence) for step in steps.cut(rows) if step.message]


@pytest.mark.parametrize(
    "before", [(), ("/greet",), ("/search_concerts",), ('/search_concerts{"city": "Berlin"}',)]
)
def test_nobody_taught_it_to_compare_concerts_and_one_story_does(
    bot: TrainingFiles, before: tuple[str, ...]
) -> None:
    scene = (*before, "/search_concerts", "/compare_reviews")

    early, later = choices(taught(bot), *scene)[-1], choices(taught(bot, CORRECTED), *scene)[-1]

    assert early[0] == "action_show_venue_reviews"
    assert early[1] is not None
    assert early[1] > 0.6  # far from a toss-up, so that other versions of a library agree
    assert later[0] == "action_show_concert_reviews"


def test_what_it_was_taught_stays_right_after_the_correction(bot: TrainingFiles) -> None:
    model = taught(bot, CORRECTED)

    assert choices(model, "/search_venues", "/compare_reviews")[-1][0] == "action_show_venue_reviews"
    named = choices(model, "/search_concerts", '/compare_reviews{"artist": "Adele"}')
    assert named[-1][0] == "action_show_concert_reviews"

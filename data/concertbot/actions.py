"""What the concert bot does.

The classes have the shape of rasa_sdk's actions. `recorder talk --actions` runs them as they are;
with rasa_sdk installed, `rasa run actions` serves the same file.
"""

from __future__ import annotations

from typing import Any

try:
    from rasa_sdk import Action
except ImportError:
    Action = object

FEATURED = (("Foo Fighters", 4.5), ("Katy Perry", 5.0))
CONCERTS = {
    "Amsterdam": (("Björk", 4.9), ("Daft Punk", 4.6)),
    "Berlin": (("Rammstein", 4.8), ("Björk", 4.2)),
    "London": (("Adele", 4.7), ("Foo Fighters", 4.5)),
    "New York": (("Katy Perry", 5.0), ("Adele", 4.4)),
    "Paris": (("Daft Punk", 4.9),),
}
"""City -> (artist, average review out of 5)."""

ANYWHERE = (("Big Arena", 4.5), ("Rock Cellar", 5.0))
VENUES = {
    "Amsterdam": (("Paradiso", 4.7), ("Melkweg", 4.4)),
    "Berlin": (("Berghain", 4.6), ("SO36", 4.3)),
    "London": (("Roundhouse", 4.6), ("The Lexington", 4.1)),
    "New York": (("Bowery Ballroom", 4.7), ("Mercury Lounge", 4.2)),
    "Paris": (("Olympia", 4.8), ("La Cigale", 4.5)),
}


def reviews_of(artist: str) -> list[float]:
    """Every review of an artist, best first; the name is compared without regard to case."""
    everywhere = (FEATURED, *CONCERTS.values())
    found = {stars for acts in everywhere for name, stars in acts if name.lower() == artist.lower()}
    return sorted(found, reverse=True)


def best_first(found: list[dict[str, Any]], key: str) -> str:
    ordered = sorted(found, key=lambda one: one["reviews"], reverse=True)
    return ", ".join(f"{one[key]} ({one['reviews']} of 5)" for one in ordered)


def slot(name: str, value: Any) -> dict[str, Any]:
    return {"event": "slot", "timestamp": None, "name": name, "value": value}


def mentioned(tracker: Any, entity: str) -> str | None:
    """The entity of the latest message, if it holds one."""
    return next(tracker.get_latest_entity_values(entity), None)


class SearchConcerts(Action):
    def name(self) -> str:
        return "action_search_concerts"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        artist, city = mentioned(tracker, "artist"), tracker.get_slot("city")
        acts = CONCERTS.get(city, FEATURED)
        if artist:
            acts = tuple((artist, stars) for stars in reviews_of(artist)[:1])
        concerts = [{"artist": name, "reviews": stars} for name, stars in acts]
        if concerts:
            names = " and ".join(concert["artist"] for concert in concerts)
            where = f" in {city}" if city in CONCERTS and not artist else ""
            dispatcher.utter_message(text=f"I found concerts{where}: {names}.")
        else:
            dispatcher.utter_message(text=f"{artist} plays nowhere at the moment.")
        return [slot("concerts", concerts)]


class SearchVenues(Action):
    def name(self) -> str:
        return "action_search_venues"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        city = tracker.get_slot("city")
        venues = [{"name": name, "reviews": stars} for name, stars in VENUES.get(city, ANYWHERE)]
        where = f" in {city}" if city in VENUES else ""
        names = " and ".join(venue["name"] for venue in venues)
        dispatcher.utter_message(text=f"I found venues{where}: {names}.")
        return [slot("venues", venues)]


class ShowConcertReviews(Action):
    def name(self) -> str:
        return "action_show_concert_reviews"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        artist, concerts = mentioned(tracker, "artist"), tracker.get_slot("concerts")
        if artist:
            stars = reviews_of(artist)
            text = f"{artist}: {stars[0]} of 5." if stars else f"Nobody has reviewed {artist} yet."
        elif concerts:
            text = f"Concerts by reviews: {best_first(concerts, 'artist')}."
        else:
            text = "I have no concerts to compare yet."
        dispatcher.utter_message(text=text)
        return []


class ShowVenueReviews(Action):
    def name(self) -> str:
        return "action_show_venue_reviews"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        venues = tracker.get_slot("venues")
        text = (
            f"Venues by reviews: {best_first(venues, 'name')}."
            if venues
            else "I have no venues to compare yet."
        )
        dispatcher.utter_message(text=text)
        return []

"""The browser itself: without it no other browser test says anything."""

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_a_page_is_drawn_and_its_text_can_be_read(page: Page) -> None:
    page.set_content("<h1>Hello</h1>")

    assert page.locator("h1").inner_text() == "Hello"

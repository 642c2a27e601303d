"""Who tells somebody else without holding on to them."""

from __future__ import annotations

from botkit.media.weakly import weakly


class Told:
    def __init__(self, heard: list[str]) -> None:
        self.heard = heard

    def of(self, what: str, *, loud: bool) -> None:
        self.heard.append(what.upper() if loud else what)


def test_it_tells_as_long_as_they_are_there() -> None:
    heard: list[str] = []
    somebody = Told(heard)
    tell = weakly(somebody.of)
    tell("a key", loud=False)
    tell("the end", loud=True)
    del somebody
    tell("nobody is there", loud=False)
    assert heard == ["a key", "THE END"]

"""Offers and answers of the far end judged, our answers shaped, as text: aiortc sees one audio line.

aiortc would open a transport per line, pick any common codec for sending, and claim a BUNDLE group that
was never offered (Chromium then refuses the answer). Here the first usable audio line is taken out of
the offer, and the lines that were left out come back in the answer as rejected (RFC 3264 section 6).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from botkit.media.rtp.dtmf import CLOCK_RATE
from botkit.ports.audio import OfferRefused

from .codecs import CODECS, AudioCodec, codec_named

MOST_BYTES = 100_000
LAST_PORT = 0xFFFF
TELEPHONE_EVENT = "telephone-event"
STATIC = {codec.payload_type: codec for codec in CODECS if codec.payload_type is not None}
DYNAMIC = range(96, 128)
"""Payload types that aiortc takes over from an offer."""
PLAIN_PROFILES = ("RTP/AVP", "RTP/AVPF")
DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
MEDIA_LINE = re.compile(
    r"m=(?P<kind>[a-z]+) (?P<port>\d{1,5})(?:/\d+)? (?P<profile>\S+) (?P<formats>.+)", re.ASCII
)
FORMAT_ATTRIBUTE = re.compile(r"a=(?:rtpmap|fmtp|rtcp-fb):(?P<format>\d+) ", re.ASCII)
RTPMAP = re.compile(r"a=rtpmap:(?P<format>\d{1,3}) (?P<name>[^/ ]+)/(?P<rate>\d{1,6})(?:/\d+)?\s*$", re.ASCII)
LOOPBACK = re.compile(r"(?:IN IP[46]|(?:udp|UDP) \d+) (?:127\.[\d.]+|::1)\b")


@dataclass(frozen=True, slots=True)
class Section:
    """One media line with its attributes."""

    lines: tuple[str, ...]
    kind: str
    port: int
    profile: str
    formats: tuple[str, ...]

    def attribute(self, name: str) -> str | None:
        """The value of the first `a=NAME:value`, "" for a bare `a=NAME`, None when absent."""
        for line in self.lines:
            if line == f"a={name}":
                return ""
            if line.startswith(f"a={name}:"):
                return line[len(name) + 3 :]
        return None

    @property
    def direction(self) -> str | None:
        """As written in this section."""
        return next((name for name in DIRECTIONS if f"a={name}" in self.lines), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What the far end wants: an offer that can be answered, or its answer to ours."""

    session: tuple[str, ...]
    sections: tuple[Section, ...]
    index: int
    """Which section is the audio botkit takes."""
    mid: str
    codecs: tuple[AudioCodec, ...]
    """Usable ones in the far end's order."""
    formats: tuple[str, ...]
    """Payload types to keep: of `codecs`, then of telephone-event."""
    key_type: int | None
    """The payload type of telephone-event; None when the far end cannot send keys that way."""
    key_rate: int
    """And the rate that its durations count in, Hz."""
    direction: str
    """The far end's, as seen from there."""

    @property
    def types(self) -> Mapping[int, AudioCodec]:
        """The codecs by payload type: also of those types that are a second one for a codec, since who
        offers both may send either before the answer is there."""
        return {
            int(number): codec
            for number, (name, rate) in _formats(self.sections[self.index]).items()
            if (codec := codec_named(name, rate)) is not None
        }

    @property
    def takes_keys(self) -> bool:
        """As telephone-events; else keys are tones."""
        return self.key_type is not None

    @property
    def held(self) -> bool:
        """The far end does not want to hear us now; what it sends is hold music, if anything."""
        return self.direction in ("sendonly", "inactive")

    @property
    def transport(self) -> tuple[str | None, ...]:
        """What a way between both ends is agreed on with. Another one asks for another way: the far end has
        moved to another connection, or begins ICE anew."""
        return tuple(self._transport_attribute(name) for name in ("ice-ufrag", "ice-pwd", "fingerprint"))

    @property
    def plain(self) -> bool:
        """Plain RTP (RFC 3551), without ICE and keys."""
        return self.sections[self.index].profile in PLAIN_PROFILES

    @property
    def address(self) -> tuple[str, int]:
        """Where plain RTP is to be sent: an IP address and a port. Raises `OfferRefused`."""
        audio = self.sections[self.index]
        line = next((each for each in (*audio.lines, *self.session) if each.startswith("c=")), "")
        host = (line.split() or [""])[-1]
        try:
            return str(ipaddress.ip_address(host)), audio.port
        except ValueError:
            raise OfferRefused(f"the audio's address is no IP address: {line[:80]!r}") from None

    @property
    def report_port(self) -> int:
        """Where reports about plain RTP are to be sent: one further, unless it says otherwise."""
        audio = self.sections[self.index]
        if audio.attribute("rtcp-mux") is not None:
            return audio.port
        told = (audio.attribute("rtcp") or "").split()
        port = told[0] if told else ""
        usable = port.isascii() and port.isdigit() and 0 < int(port[:6]) <= LAST_PORT
        return int(port) if usable else audio.port + 1

    def _transport_attribute(self, name: str) -> str | None:
        own = self.sections[self.index].attribute(name)
        prefix = f"a={name}:"
        common = (line.removeprefix(prefix) for line in self.session if line.startswith(prefix))
        return next(common, None) if own is None else own

    @property
    def bundled(self) -> bool:
        """The far end can share one transport among its lines."""
        return any(line.startswith("a=group:BUNDLE") for line in self.session)

    @property
    def from_loopback(self) -> bool:
        """The far end is on this very machine, by an address that only this machine has."""
        audio = self.sections[self.index].lines
        return any(LOOPBACK.search(line) for line in (*self.session, *audio) if line[:2] in ("a=", "c="))

    def keeping(self, codec: AudioCodec, number: int) -> Description:
        """It with what is sent already in front. Raises `OfferRefused` where that is not offered any more."""
        pairs = list(zip(self.formats, self.codecs, strict=False))
        kept = (str(number), codec)
        if kept not in pairs:
            raise OfferRefused(
                f"the call is held with {codec.name} as payload type {number}, which is not offered any more"
            )
        ordered = [kept, *(pair for pair in pairs if pair != kept)]
        return replace(
            self,
            codecs=tuple(each for _, each in ordered),
            formats=(*(each for each, _ in ordered), *self.formats[len(pairs) :]),
        )

    def audio_only(self, *, candidates: bool = True) -> str:
        """It with nothing but the audio line and the formats botkit knows, in sending order."""
        audio = self.sections[self.index]
        session = [line for line in self.session if not line.startswith("a=group:")]
        media = f"m=audio {audio.port or 9} {audio.profile} {' '.join(self.formats)}"
        kept = [line for line in audio.lines[1:] if _keeps(line, self.formats)]
        if not candidates:
            kept = [line for line in kept if not line.startswith("a=candidate:")]
        if audio.direction is None:  # told for the whole session, where aiortc does not look
            kept.append(f"a={self.direction}")
        # aiortc takes the order of the rtpmaps for that of the formats, and misses those of static types.
        named = _formats(audio)
        own = {_format_of(line): line for line in kept if line.startswith("a=rtpmap:")}
        maps = [own.get(each) or "a=rtpmap:{} {}/{}".format(each, *named[each]) for each in self.formats]
        kept = [line for line in kept if not line.startswith("a=rtpmap:")]
        mid = [] if audio.attribute("mid") is not None else [f"a=mid:{self.mid}"]
        return _text([*session, media, *maps, *kept, *mid])

    def whole_answer(self, answer: str) -> str:
        """The answer to the whole offer, made from aiortc's answer to `audio_only()`."""
        session, (audio,) = _split(answer)
        head = [line for line in session if not line.startswith(("a=group:", "a=ice-options:"))]
        time = next(i for i, line in enumerate(head) if line.startswith("t="))
        group = [f"a=group:BUNDLE {self.mid}"] if self.bundled else []
        head[time + 1 : time + 1] = [*group, "a=ice-options:trickle"]
        for i, section in enumerate(self.sections):
            head += audio if i == self.index else rejected(section)
        return _text(head)


def offers_plain(text: str) -> bool:
    """Whether the audio of this offer is plain RTP. False for what is no offer."""
    _, media = _split(text[:MOST_BYTES])
    match = next((found for lines in media if (found := MEDIA_LINE.fullmatch(lines[0].strip()))), None)
    return match is not None and match["kind"] == "audio" and match["profile"] in PLAIN_PROFILES


def read_offer(text: str, *, before: Description | None = None, plain: bool = False) -> Description:
    """Judge an offer. Raises `OfferRefused` with the reason. `plain`: it is one of plain RTP.

    `before`: what was agreed on, of a call that goes on. A further offer may put us on hold; on the same way
    its audio stays in the same line.
    """
    far = _judge(text, "offer", plain=plain or (before is not None and before.plain))
    if before is None and far.held:
        raise OfferRefused(f"the far end would hear nothing: the offer's audio is {far.direction}")
    if before is not None and far.transport == before.transport and far.mid != before.mid:
        raise OfferRefused(f"the offer's audio has gone from the line {before.mid} to {far.mid}")
    return far


def read_answer(text: str) -> Description:
    """Judge an answer to our offer of one audio line. Raises `OfferRefused` with the reason."""
    far = _judge(text, "answer")
    if far.held:
        raise OfferRefused(f"the far end would hear nothing: the answer's audio is {far.direction}")
    return far


def _judge(text: str, what: str, *, plain: bool = False) -> Description:
    if len(text) > MOST_BYTES:
        raise OfferRefused(f"the SDP {what} has {len(text)} characters, more than {MOST_BYTES}")
    session, media = _split(text)
    if not session or not session[0].startswith("v="):
        raise OfferRefused(f"the {what} is no SDP: it does not begin with v=")
    sections = tuple(_section(lines, what) for lines in media)
    audio = [i for i, s in enumerate(sections) if s.kind == "audio" and _alive(s)]
    if not audio:
        kinds = ", ".join(section.kind for section in sections) or "nothing"
        raise OfferRefused(f"the {what} has no audio line; it offers {kinds}")
    for index in audio:
        codecs, numbers = _usable(sections[index])
        if codecs:
            break
    else:
        names = ", ".join(sorted({name for i in audio for name, _ in _formats(sections[i]).values()}))
        raise OfferRefused(
            f"the {what}'s audio has no codec in common with the bot: {names or 'none named'}.",
            remedy="Offer Opus, PCMU or PCMA.",
        )
    if plain and sections[index].profile not in PLAIN_PROFILES:
        raise OfferRefused(f"the {what}'s audio is {sections[index].profile}, no plain RTP any more")
    if not plain:
        _check_transport(session, sections[index], what)
    key_type, key_rate = _keys(sections[index], codecs[0])
    direction = sections[index].direction or _session_direction(session)
    if plain and "c=IN IP4 0.0.0.0" in (*session, *sections[index].lines):
        direction = "inactive"  # as RFC 2543 put calls on hold, and some still do
    mid = sections[index].attribute("mid")
    return Description(
        session=tuple(session),
        sections=sections,
        index=index,
        mid=str(index) if mid is None else mid,
        codecs=codecs,
        formats=numbers if key_type is None else (*numbers, str(key_type)),
        key_type=key_type,
        key_rate=key_rate,
        direction=direction,
    )


def _split(text: str) -> tuple[list[str], list[list[str]]]:
    session: list[str] = []
    media: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("m="):
            media.append([line])
        elif line.strip():
            (media[-1] if media else session).append(line.strip())
    return session, media


def _section(lines: list[str], what: str) -> Section:
    match = MEDIA_LINE.fullmatch(lines[0].strip())
    if match is None or int(match["port"]) > LAST_PORT:
        raise OfferRefused(f"the {what} has a broken media line: {lines[0][:80]!r}")
    return Section(
        tuple(lines), match["kind"], int(match["port"]), match["profile"], tuple(match["formats"].split())
    )


def _alive(section: Section) -> bool:
    return section.port > 0 or section.attribute("bundle-only") is not None


def _format_of(line: str) -> str | None:
    match = FORMAT_ATTRIBUTE.match(line)
    return match["format"] if match else None


def _formats(section: Section) -> dict[str, tuple[str, int]]:
    """Payload type -> (encoding name, clock rate), in the far end's order."""
    maps = {m["format"]: (m["name"], int(m["rate"])) for m in map(RTPMAP.match, section.lines) if m}
    known = {str(number): (codec.name, codec.clock_rate) for number, codec in STATIC.items()} | maps
    return {number: known[number] for number in section.formats if number in known}


def _keeps(line: str, formats: tuple[str, ...]) -> bool:
    """Which attribute lines aiortc gets to see.

    It would wait for every `.local` name to resolve before it answers, though the caller's own checks
    tell the address just as well; and after an end of candidates it gives up before those arrive.
    """
    if line == "a=end-of-candidates" or (line.startswith("a=candidate:") and useless(line)):
        return False
    return _format_of(line) in (None, *formats)


def useless(candidate: str) -> bool:
    """A candidate whose address is an mDNS name, or whose port is none: asyncio gives up a whole socket
    over a port that does not exist."""
    bits = candidate.split()
    if len(bits) < 6:
        return False
    host, port = bits[4:6]
    reachable = port.isascii() and port.isdigit() and 0 < int(port[:6]) <= LAST_PORT
    return host.lower().endswith(".local") or not reachable


def _usable(section: Section) -> tuple[tuple[AudioCodec, ...], tuple[str, ...]]:
    """Of several payload types for one codec the first one is taken (RFC 3264 section 6.1)."""
    codecs: list[AudioCodec] = []
    numbers: list[str] = []
    for number, (name, rate) in _formats(section).items():
        codec = codec_named(name, rate) if _numbered(number) else None
        if codec is not None and codec not in codecs:
            codecs.append(codec)
            numbers.append(number)
    return tuple(codecs), tuple(numbers)


def _keys(section: Section, codec: AudioCodec) -> tuple[int | None, int]:
    """The payload type of telephone-event, and its rate: at 8000, which everybody sends and understands (of
    both, Chromium uses it with Opus too); else at the codec's own (RFC 4733 section 2.1)."""
    offered = {
        rate: int(number)
        for number, (name, rate) in reversed(_formats(section).items())
        if name.lower() == TELEPHONE_EVENT and _numbered(number)
    }
    for rate in (CLOCK_RATE, codec.clock_rate):
        if rate in offered:
            return offered[rate], rate
    return None, CLOCK_RATE


def _numbered(number: str) -> bool:
    return int(number) in DYNAMIC or int(number) in STATIC


def _check_transport(session: list[str], audio: Section, what: str) -> None:
    for name in ("ice-ufrag", "ice-pwd", "fingerprint", "setup"):
        if audio.attribute(name) is None and not any(line.startswith(f"a={name}:") for line in session):
            raise OfferRefused(f"the {what}'s audio has no a={name}; the bot speaks ICE and DTLS-SRTP only")


def _session_direction(session: list[str]) -> str:
    return next((name for name in DIRECTIONS if f"a={name}" in session), "sendrecv")


def rejected(section: Section) -> list[str]:
    mid = section.attribute("mid")
    media = f"m={section.kind} 0 {section.profile} {' '.join(section.formats)}"
    return [media, "c=IN IP4 0.0.0.0", "a=inactive", *([] if mid is None else [f"a=mid:{mid}"])]


def _text(lines: list[str]) -> str:
    return "\r\n".join(lines) + "\r\n"

"""Whom the bot may talk to: by the host's name, and by the address it really has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from botkit.model.errors import UsageError
from botkit.ports.http import HttpRefused

_entry = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?", re.IGNORECASE)
_numeric = re.compile(r"[0-9.]+|.*:.*")
_label = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_special = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
"""Nobody's, which Python's own list has in part only (RFC 6890, RFC 7526)."""
_translated = IPv6Network("64:ff9b::/96")
"""IPv4 behind a translator (RFC 6052)."""


REMEDY = "Write `example.com`, or `10.0.0.7:8080`."


def host_of(text: str) -> tuple[str, int | None]:
    """Host and port of `HOST` or `HOST:PORT`; no port = every one. Raises `ValueError`."""
    found = _entry.fullmatch(text)
    if found is None or int(found[2] or 0) > 65_535:
        raise ValueError(f"`{text[:60]}` is no host")
    return _plain(found[1]), int(found[2]) if found[2] else None


def _could_be(host: str) -> bool:
    """Whether it is an address, or may be the name of a machine (RFC 1123)."""
    if _numeric.fullmatch(host):
        try:
            ip_address(host)
        except ValueError:
            return False
        return True
    return len(host) < 254 and all(_label.fullmatch(label) for label in host.split("."))


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the bot's own server listens."""

    host: str
    port: int
    """0 = one that is free."""

    @classmethod
    def of(cls, text: str) -> Listen:
        """`HOST:PORT`, or `PORT`, which is that of 127.0.0.1. Raises `ValueError`."""
        if text.isascii() and text.isdecimal():
            text = f"127.0.0.1:{text}"
        host, port = host_of(text)
        if port is None:
            raise ValueError(f"`{text[:60]}` has no port")
        if not _could_be(host):
            raise ValueError(f"`{host[:60]}` is no host")
        return cls(host, port)


class Allowance:
    """The hosts that bot.yaml's `http: {allow: ...}` names. Those may have any address; without the list
    every host is allowed that has a public one."""

    def __init__(self, allow: Sequence[str] | None, where: str = "http: allow") -> None:
        """Each is `HOST` or `HOST:PORT`. Raises `UsageError` for what is neither."""
        self._named: set[tuple[str, int | None]] | None = None
        try:
            if allow is not None:
                self._named = {host_of(text) for text in allow}
        except ValueError as error:
            raise UsageError(f"{error}.", where=where, remedy=REMEDY) from None

    def check(self, host: str, port: int) -> None:
        """Raises `HttpRefused` for a host that is not listed, and for an address that is not public."""
        if self._lists(host, port):
            return
        if self._named is not None:
            raise HttpRefused(
                f"The bot may not talk to {host}:{port}.",
                remedy="Add it to `http: {allow: [...]}` in bot.yaml.",
            )
        if _is_numeric(host):  # nobody looks it up
            self.check_address(host, port, _plain(host))

    def check_address(self, host: str, port: int, address: str) -> None:
        """Raises `HttpRefused` when `host` is not listed, and `address`, which it has, is not public."""
        if not self._lists(host, port) and not is_public(address):
            raise HttpRefused(
                f"{host} has the address {address}, which is not public.",
                remedy="If the bot is to talk to it, add it to `http: {allow: [...]}` in bot.yaml.",
            )

    def _lists(self, host: str, port: int) -> bool:
        named = self._named or set()
        return (_plain(host), None) in named or (_plain(host), port) in named


def is_public(address: str) -> bool:
    """Whether anybody on the internet has it: no private, loopback, link-local, shared, multicast or reserved
    one, nor one of those in an IPv6 disguise, nor `127.1`, which some take for one."""
    try:
        return _is_public(ip_address(address))
    except ValueError:
        return False


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _translated:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
        if address.is_site_local or address.teredo is not None:
            return False
    elif any(address in network for network in _special):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _plain(host: str) -> str:
    return host.lower().strip("[]").rstrip(".")


def _is_numeric(host: str) -> bool:
    """Whether aiohttp connects to it without a resolver."""
    return ":" in host or host.replace(".", "").isdigit()

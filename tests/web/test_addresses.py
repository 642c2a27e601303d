"""Whom a bot may talk to."""

from __future__ import annotations

import pytest

from botkit.model.errors import UsageError
from botkit.ports.http import HttpRefused
from botkit.web.addresses import Allowance, is_public


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "64:ff9b::808:808"])
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "127.0.0.1",
        "127.8.9.1",
        "100.64.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "127.1",
        "0177.0.0.1",
        "2130706433",
        "",
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(address)


def refused(allowance: Allowance, host: str, port: int = 443, address: str = "") -> bool:
    try:
        if address:
            allowance.check_address(host, port, address)
        else:
            allowance.check(host, port)
    except HttpRefused:
        return True
    return False


def test_without_a_list_every_public_host_is_allowed() -> None:
    everybody = Allowance(None)
    assert not refused(everybody, "example.com")
    assert not refused(everybody, "8.8.8.8")
    assert refused(everybody, "127.0.0.1")
    assert refused(everybody, "[::1]")
    assert refused(everybody, "127.1")
    assert refused(everybody, "2130706433")
    assert refused(everybody, "127.0.0.1.")
    assert not refused(everybody, "example.com", address="8.8.8.8")
    assert refused(everybody, "example.com", address="10.0.0.1")


def test_with_a_list_only_those_are_and_they_may_be_anywhere() -> None:
    some = Allowance(["desk.example.com", "10.0.0.7:8080", "[::1]:81", "LocalHost"])
    assert not refused(some, "Desk.Example.com.")
    assert not refused(some, "desk.example.com", 8443, "10.0.0.1")
    assert not refused(some, "10.0.0.7", 8080)
    assert not refused(some, "::1", 81)
    assert not refused(some, "localhost", 1)
    assert refused(some, "10.0.0.7", 8081)
    assert refused(some, "example.com")
    assert refused(some, "desk.example.com.evil.example")
    assert refused(some, "8.8.8.8")
    assert refused(Allowance([]), "example.com")


@pytest.mark.parametrize(
    "entry", ["https://example.com", "example.com/x", "", "a b", "x:99999", "x:", "*.example.com"]
)
def test_what_is_no_host_is_told(entry: str) -> None:
    with pytest.raises(UsageError, match=r"is no host\..*Write `example\.com`"):
        Allowance(["example.com", entry])

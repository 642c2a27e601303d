"""The options of commands that run a sandbox: where it listens."""

from __future__ import annotations

import argparse


def add_ports(parser: argparse.ArgumentParser) -> None:
    """`--port` and `--page-port`."""
    parser.add_argument("--port", type=_port, default=8443, help="HTTPS and WSS port (default: %(default)s)")
    parser.add_argument(
        "--page-port", type=_port, default=8080, help="the page's port (default: %(default)s)"
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port. Write a number up to 65535 (0 = a free one).")
    return int(text)

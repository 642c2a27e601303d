"""Fixtures of the test kit; pytest finds them by entry point. Nothing is imported before one is used."""

from __future__ import annotations

"""Moonshine: English ears that work offline, inside the package `moonshine-voice`."""

"""A call's audio behind `ports.audio`."""

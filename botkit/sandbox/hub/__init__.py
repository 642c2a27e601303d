"""The platform itself, pure: commands in, events out; no clock, no network, no wire's names."""

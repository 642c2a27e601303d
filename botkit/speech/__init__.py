"""Voices behind `ports.speech`: engines in child processes, and what they said, kept."""

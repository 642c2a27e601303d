"""Nouns and events; imports nothing else of botkit."""

"""Bots under load, each a process of its own: botkit's, and those of its peers."""

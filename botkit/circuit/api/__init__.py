"""What a session can ask for, one file an area."""

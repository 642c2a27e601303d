"""What the far end sends: keys at once, sound in order, decoded for who listens."""

"""What each request of the Circuit wire does to the hub, one file an area."""

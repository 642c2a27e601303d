"""Far ends that hear each other."""

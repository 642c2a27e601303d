"""What goes out: prompts and keys in ready slots."""

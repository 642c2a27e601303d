"""What the bot itself does over HTTP."""

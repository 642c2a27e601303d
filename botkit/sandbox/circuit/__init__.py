"""The Circuit wire as a dialect of the hub: its requests, its events, its logon."""

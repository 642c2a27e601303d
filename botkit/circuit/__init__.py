"""The Circuit client and the connector on it."""

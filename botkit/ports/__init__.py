"""What botkit asks of the world: Protocols and the values that cross them, no implementations."""

"""The flow language and its engine: pure, no loop, no clock, no I/O beyond reading flow files."""

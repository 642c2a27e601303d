"""Packets: their headers, streams and reports, the ports they leave by, the ticker that says when."""

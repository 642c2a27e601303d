"""Both directions of a call on one time line."""

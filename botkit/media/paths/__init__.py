"""How a leg's packets go out and come in, and what agrees with the far end on it."""

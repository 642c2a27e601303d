"""Audio ports in processes of their own."""

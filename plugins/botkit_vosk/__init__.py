"""Vosk: ears for whatever language the model is for that you bring."""

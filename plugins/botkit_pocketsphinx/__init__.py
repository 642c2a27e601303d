"""PocketSphinx: small ears with grammars, inside the package `pocketsphinx`."""

"""German, formal (`Sie`)."""

from __future__ import annotations

from .catalogue import Catalogue

catalogue = Catalogue(
    language="de",
    texts={
        "no_input": "Ich habe nichts gehört.",
        "no_input_again": "Ich habe leider immer noch nichts gehört.",
        "no_match": "Entschuldigung, das habe ich nicht verstanden.",
        "no_match_again": "Entschuldigung, das habe ich leider wieder nicht verstanden.",
        "apology": "Hier ist leider etwas schiefgegangen. Bitte versuchen Sie es später noch einmal.",
        "not_allowed": "Ich bin leider nicht für Sie da. Bitte fragen Sie, wer mich betreibt.",
        "slow_down": "Das war zu viel auf einmal. Bitte warten Sie kurz und schreiben Sie dann noch einmal.",
        "goodbye": "Dann beenden wir das hier. Bis zum nächsten Mal.",
        "cancelled": "In Ordnung, abgebrochen.",
        "form_prompt": "Bitte füllen Sie dieses Formular aus.",
        "send": "Senden",
        "yes": "Ja",
        "no": "Nein",
        "offer_by_key": "Für {{ label }} drücken Sie die {{ key }}.",
        "offer_by_word": "Für {{ label }} sagen Sie {{ word }}.",
        "offer_by_both": "Für {{ label }} drücken Sie die {{ key }} oder sagen Sie {{ word }}.",
        "yes_no_by_key": "Für ja drücken Sie die 1, für nein die 2.",
        "yes_no_by_word": "Sagen Sie ja oder nein.",
        "yes_no_by_both": "Sagen Sie ja oder nein, oder drücken Sie die 1 für ja und die 2 für nein.",
        "star": "Sterntaste",
        "hash": "Rautetaste",
        "finish_with_hash": "Zum Abschluss drücken Sie die Rautetaste.",
        "amount_by_keys": "Für das Komma drücken Sie die Sterntaste, zum Abschluss die Rautetaste.",
        "plus": "plus",
        "at_sign": "ät",
        "dot": "Punkt",
        "dash": "Minus",
        "underscore": "Unterstrich",
        "expected": "Erwartet wird {{ hint }}.",
        "corrected": "In Ordnung, {{ label }}: {{ value }}.",
        "which_one": "Welche Angabe meinen Sie?",
        "file_too_large": "{{ file }} ist zu groß: höchstens {{ limit }}.",
        "file_lost": "Mit {{ file }} ist etwas schiefgegangen. Bitte schicken Sie es noch einmal.",
        "did_you_say": "Haben Sie {{ label }} gesagt?",
        "is_that_right": "Ich habe {{ heard }} verstanden. Ist das richtig?",
        "review_by_key": "Um die Aufnahme zu behalten, drücken Sie die 1. "
        "Um sie zu wiederholen, drücken Sie die 2.",
        "review_by_both": "Um die Aufnahme zu behalten, drücken Sie die 1 oder sagen Sie behalten. "
        "Um sie zu wiederholen, drücken Sie die 2 oder sagen Sie wiederholen.",
    },
    words={
        "repeat": ("wiederholen", "noch einmal", "nochmal", "wie bitte"),
        "cancel": ("abbrechen", "abbruch"),
        "keep": ("behalten", "speichern", "ja"),
        "again": ("wiederholen", "noch einmal", "neu aufnehmen", "nein"),
    },
)

"""English."""

from __future__ import annotations

from .catalogue import Catalogue

catalogue = Catalogue(
    language="en",
    texts={
        "no_input": "I did not hear anything.",
        "no_input_again": "I still did not hear anything.",
        "no_match": "Sorry, I did not understand.",
        "no_match_again": "Sorry, I still did not understand.",
        "apology": "Sorry, something went wrong here. Please try again later.",
        "not_allowed": "Sorry, I am not meant for you. Please ask whoever runs me.",
        "slow_down": "That was too much at once for me. Please wait a moment, then write again.",
        "goodbye": "Let us stop here. Goodbye.",
        "cancelled": "All right, cancelled.",
        "form_prompt": "Please fill in this form.",
        "send": "Send",
        "yes": "Yes",
        "no": "No",
        "offer_by_key": "For {{ label }}, press {{ key }}.",
        "offer_by_word": "For {{ label }}, say {{ word }}.",
        "offer_by_both": "For {{ label }}, press {{ key }} or say {{ word }}.",
        "yes_no_by_key": "For yes, press 1. For no, press 2.",
        "yes_no_by_word": "Say yes or no.",
        "yes_no_by_both": "Say yes or no, or press 1 for yes and 2 for no.",
        "star": "star",
        "hash": "hash",
        "finish_with_hash": "Press hash to finish.",
        "amount_by_keys": "Press star for the decimal point, and hash to finish.",
        "plus": "plus",
        "at_sign": "at",
        "dot": "dot",
        "dash": "dash",
        "underscore": "underscore",
        "expected": "This should be {{ hint }}.",
        "corrected": "All right, {{ label }}: {{ value }}.",
        "which_one": "Which one do you mean?",
        "file_too_large": "{{ file }} is too large: {{ limit }} at most.",
        "file_lost": "Something went wrong with {{ file }}. Please send it again.",
        "did_you_say": "Did you say {{ label }}?",
        "is_that_right": "I heard {{ heard }}. Is that right?",
        "review_by_key": "For keeping it, press 1. For recording it again, press 2.",
        "review_by_both": "For keeping it, press 1 or say keep. "
        "For recording it again, press 2 or say again.",
    },
    words={
        "keep": ("keep", "keep it", "yes"),
        "again": ("again", "record again", "no"),
    },
)

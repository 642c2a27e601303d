"""What is said: answers to four kinds of questions, and what answers none."""

from __future__ import annotations

from collections.abc import Mapping

MENU: Mapping[str, str] = {
    "hours": "opening hours",
    "billing": "billing",
    "support": "technical support",
    "sales": "sales",
    "agent": "speak to an agent",
    "track": "track my order",
    "cancel": "cancel my order",
    "appointment": "make an appointment",
    "address": "change my address",
    "password": "reset my password",
    "balance": "account balance",
    "fault": "report a fault",
    "card": "lost or stolen card",
    "payment": "make a payment",
    "returns": "returns and refunds",
    "stores": "store locations",
    "message": "leave a message",
    "delivery": "delivery status",
    "customer": "new customer",
    "repeat": "repeat the options",
}
"""A menu of 20: choice -> its one phrase."""

YES = (
    "yes", "yes please", "yeah", "yep", "sure", "okay", "correct", "that's right", "of course",
    "yes that's correct",
)  # fmt: skip
NO = (
    "no", "no thanks", "no thank you", "nope", "not really", "no that's wrong", "that's not right",
    "no I don't", "definitely not", "wrong",
)  # fmt: skip

DIGITS = (
    "4712", "0935", "8206", "1597", "6340", "2781", "9054", "3168", "7423", "5890",
    "1122", "4408", "6679", "2035", "8851", "9316", "7504", "3947", "5263", "1680",
)  # fmt: skip
"""Four digits each, every digit in every place."""
DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

OTHER = (
    "what is the weather like today", "I like pizza with mushrooms", "my dog ate the newspaper",
    "where did you put the keys", "the train leaves at platform nine", "can you hear me now",
    "hold on a second", "sorry I was talking to somebody else", "mom who is on the phone",
    "turn the television down please", "I am waiting for the bus", "it is raining outside",
    "the quick brown fox", "happy birthday to you", "let me think about it", "what did she say",
    "I have no idea", "this is ridiculous", "are you a robot", "my name is Peter", "good morning",
    "thank you very much", "see you tomorrow", "banana", "elephant", "guitar lessons", "green tea",
    "football results", "the capital of France", "seven hundred and twelve", "next Thursday evening",
    "blue jeans", "open the window", "close the door", "play some music", "set an alarm",
    "read me a story", "how old are you", "what time is it", "call my mother", "order a taxi",
    "book a table for two", "flight to Chicago", "tickets for the concert", "a cup of coffee",
    "kitchen furniture", "mountain bike", "swimming pool", "piano concert", "political party",
    "second hand books", "winter coat", "garden chairs", "orange juice", "tell me a joke",
)  # fmt: skip
"""55 utterances that no choice of the menu means."""

PROMPTS: Mapping[str, str] = {
    "call-forwarding": "call forwarding",
    "call-waiting": "call waiting",
    "cancelled": "cancelled",
    "do-not-disturb": "do not disturb",
    "extension": "extension",
    "feature-not-avail-line": "this feature is not available on this line",
    "from-unknown-caller": "from an unknown caller",
    "goodbye": "goodbye",
    "hello-world": "hello world",
    "invalid": "invalid",
    "one-moment-please": "one moment please",
    "please-try-again": "please try again",
    "simul-call-limit-reached": "simultaneous call limit reached",
    "speed-dial": "speed dial",
    "telephone-number": "telephone number",
    "transfer": "transfer",
    "vm-Family": "family",
    "vm-Friends": "friends",
    "vm-messages": "messages",
    "vm-password": "password",
}
"""A closed set of 20 recorded human prompts: file -> words."""

"""How requests choose among many: direction, page, and the nested conversation filter."""

from __future__ import annotations

from botkit.circuit.wire import Json

from .fields import Fields, Malformed

depth_limit = 8
"""Nesting of a filter."""
_connectives = {"AND": all, "OR": any}


def oldest_first(ask: Fields) -> bool:
    """`direction` is AFTER: from the given time on, instead of back from it."""
    return ask.one_of("direction", {"BEFORE": False, "AFTER": True}, default="BEFORE")


def matches(wanted: Fields, conversation: Json, depth: int = 0) -> bool:
    """Whether a conversation, as its viewer sees it, passes a FilterConnector."""
    if depth > depth_limit:
        raise Malformed(f"a filter nests at most {depth_limit} deep")
    verdicts = [_meets(condition, conversation) for condition in wanted.children("conditions", ())]
    verdicts += [matches(inner, conversation, depth + 1) for inner in wanted.children("connectors", ())]
    connective = wanted.one_of("boolConnector", _connectives, default="AND")
    return connective(verdicts) if verdicts else True


def _meets(condition: Fields, conversation: Json) -> bool:
    expected = set(condition.texts("expectedValue"))
    actual = condition.one_of(
        "filterTarget",
        {
            "LABEL_ID": _labels(conversation),
            "SYSTEM_TAG": _labels(conversation),
            "CONVERSATION_TYPE": _types(conversation),
        },
    )
    negated = condition.one_of("filterTargetComparator", {"EQ": False, "NOT": True}, default="EQ")
    return bool(expected & actual) is not negated


def _labels(conversation: Json) -> set[str]:
    user_data = Fields(conversation, "conversation").child("userData")
    return {*user_data.texts("labelIds"), *user_data.texts("systemLabelIds")}


def _types(conversation: Json) -> set[str]:
    kind = str(conversation["type"])
    return {kind, "COMMUNITY"} if kind == "OPEN" else {kind}

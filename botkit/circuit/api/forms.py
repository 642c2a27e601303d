"""Filling in forms, as a person does."""

from __future__ import annotations

from collections.abc import Mapping

from botkit.circuit import actions, forms

from .asking import Asking


class Forms:
    """`session.forms`."""

    def __init__(self, session: Asking) -> None:
        self._session = session

    async def submit(self, item_id: str, form_id: str, values: Mapping[str, str]) -> None:
        """Submit the form of an item. Its author is told; nobody else is."""
        data = {"itemId": item_id, "form": forms.submission(form_id, values)}
        await self._session.request(actions.SUBMIT_FORM_DATA, data)

"""Where a session can be found, and where what it says goes."""

from __future__ import annotations

from botkit.model import codec
from botkit.model.session import Channel, Session, Status
from botkit.ports.store import LIGHT, SessionRow


def row_of(session: Session) -> SessionRow:
    """The session as the store keeps it."""
    is_open = session.status is Status.OPEN
    state = codec.dump(session)
    return SessionRow(
        id=session.id,
        revision=session.revision,
        open=is_open,
        places=_places(session) if is_open else (),
        deadline=session.deadline if is_open else None,
        state=state,
        version=session.flow_hash,
        loaded=session if len(state) <= LIGHT else None,
    )


def session_of(row: SessionRow) -> Session:
    """What `row_of` stored. Raises `ValueError` when it is not that."""
    session = codec.load(row.state) if row.loaded is None else row.loaded
    if not isinstance(session, Session):
        raise ValueError(f"the row of session {row.id} holds a {type(session).__name__}")
    return session


def talk(conversation_id: str, thread_id: str) -> str:
    """A thread of a group, or a conversation that needs no threads."""
    return f"thread:{conversation_id}:{thread_id}" if thread_id else f"direct:{conversation_id}"


def waiting_in(conversation_id: str, thread_id: str, person_id: str) -> str:
    """Where a session waits for a message of this person; empty `person_id` = of anyone."""
    place = talk(conversation_id, thread_id)
    return f"{place}:{person_id}" if person_id else place


def busy_in(conversation_id: str, thread_id: str, person_id: str) -> str:
    """Where a session stands whose person should not be answered before its step handler is done."""
    return f"busy:{talk(conversation_id, thread_id)}:{person_id}"


def session_key(session_id: str) -> str:
    """The key of inputs meant for one session."""
    return f"session:{session_id}"


CALLS = "call:"
"""How the places of sessions on a call begin."""
FORMS = "form:"
"""How those of sessions that wait for a form begin."""


def form(form_id: str) -> str:
    """Where a session waits for a form."""
    return FORMS + form_id


def call_of(row: SessionRow) -> str:
    """The id of the call that an open session is on, also when its state cannot be read."""
    return next(place.removeprefix(CALLS) for place in row.places if place.startswith(CALLS))


def _places(session: Session) -> tuple[str, ...]:
    places = []
    if session.channel is Channel.CALL:
        places.append(CALLS + session.call_id)
    elif session.channel is Channel.CHAT and session.awaits_text:
        # Only a session that would take a message now stands where messages look for one, so that an
        # older one that waits for this person is not hidden by a younger one that is busy.
        person_id = "" if session.from_anyone else session.person.id
        places.append(waiting_in(session.conversation_id, session.thread_id, person_id))
    elif session.channel is Channel.CHAT and session.busy:
        places.append(busy_in(session.conversation_id, session.thread_id, session.person.id))
    if session.form_id:
        places.append(form(session.form_id))
    return tuple(places)

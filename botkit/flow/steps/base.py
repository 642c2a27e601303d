"""What a verb is: one class, whose fields are the step's options and whose methods are what it does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, Field

from botkit.flow.document import Location, Node, Scalar, did_you_mean
from botkit.flow.document import Mapping as Keys
from botkit.flow.document import Sequence as Items
from botkit.flow.fields import PlacedStep, Reading, StepId, Target
from botkit.flow.flowset import IGNORED
from botkit.flow.tracing import results_of, templates_in
from botkit.flow.validation import check, closed
from botkit.model.calls import CallCause
from botkit.model.errors import UsageError
from botkit.model.findings import Finding
from botkit.model.inputs import Input
from botkit.model.session import Channel

if TYPE_CHECKING:
    from botkit.flow.checks import FlowView
    from botkit.flow.events import FlowEvent
    from botkit.flow.flowset import Op
    from botkit.flow.running import Running
    from botkit.flow.slots import Slot
    from botkit.flow.templates import Template


class Step(BaseModel):
    """A step of a flow. A plugin's verb is a subclass, offered by the hook `register_steps`.

    The field named like the verb holds its argument. `enter` does the work and returns a position:
    `run.next`, `run.branch("then")`, or `WAIT`, after which `resume` gets the input that was waited for.
    """

    model_config = closed

    verb: ClassVar[str]
    """The key that makes a mapping this step."""
    example: ClassVar[str] = ""
    """A small flow that shows it, for the manual."""
    bare: ClassVar[bool] = False
    """`- verb` alone is a step."""
    needs_person: ClassVar[bool] = False
    """Passed over once a caller has hung up."""
    waits: ClassVar[bool] = False
    """It waits for a person or for time, so a circle of steps may hold it."""
    loops: ClassVar[bool] = False
    """Its bodies come back to it."""
    returns: ClassVar[bool] = False
    """It leaves its flow by the branch `return`."""
    beside: ClassVar[bool] = False
    """Whether it is in order depends on more than flow files: on a file that it names, for example."""
    outcome_names: ClassVar[tuple[str, ...]] = ()
    """What `outcomes:` may list beside `otherwise`; the first is the good one."""

    id: StepId | None = Field(None, description="A name for jumps (`go`) and for the journal.")
    only: Channel | None = Field(None, description="`chat` or `call`: elsewhere the step is passed over.")

    def bodies(self) -> Iterable[tuple[str, Sequence[PlacedStep]]]:
        """The steps inside, by branch name."""
        return ()

    def jumps(self) -> Iterable[tuple[str, Target]]:
        """Where it may jump, by branch name."""
        return ()

    def calls(self) -> Iterable[Target]:
        """The flows it calls."""
        return ()

    def dials(self) -> Iterable[Target]:
        """The flows that talk to whom it calls."""
        return ()

    def writes(self) -> Iterable[Target]:
        """The flows that talk on chat with whom it writes to."""
        return ()

    def ways(self) -> Iterable[str]:
        """Every way on from here, as `Reason.branch` names it; none when there is but one. Coverage counts
        them, `botkit test --mutate` swaps them, and the graph labels its arrows with them."""
        return ()

    def reads(self, slots: Mapping[str, Slot]) -> Iterable[tuple[Template, Collection[str]]]:
        """The texts and expressions of its own, each with the names that it has filled itself by then."""
        return ((template, ()) for template in templates_in(self))

    def fills(self) -> Iterable[str]:
        """Slots and results that it may give a value."""
        return results_of(self)

    def fills_on(self, branch: str) -> bool:
        """Whether what it fills is surely filled when it goes on this way; empty = with the next step."""
        return branch != "give_up"

    def passes(self) -> Iterable[str]:
        """Names that the flows it calls or dials begin with."""
        return ()

    def goes_on(self) -> bool:
        """Whether the next step can follow it."""
        return True

    def falls_through(self) -> bool:
        """Whether the next step can follow it past all of its branches."""
        return self.goes_on()

    def picks_up(self) -> bool:
        """Whether a call that comes past it was surely answered."""
        return False

    def addresses_person(self) -> bool:
        """Whether it can do nothing in a session that talks with nobody."""
        return self.needs_person

    def findings(self, op: Op, view: FlowView) -> Iterable[Finding]:
        """What is wrong with it in its file, beyond the shape of its options."""
        return ()

    def enter(self, run: Running) -> int:
        """Do it; returns where to go on."""
        raise NotImplementedError

    def resume(self, run: Running, event: Input) -> int:
        """Go on with what it waited for; `IGNORED` when this is not it."""
        return IGNORED

    def hung_up(self, run: Running, cause: CallCause) -> int:
        """The caller has gone while it waits: where to go on; `IGNORED` makes it the event `hangup`."""
        return IGNORED

    def abandoned(self, run: Running) -> None:
        """What it waits for is wanted no more: an event, the person's or its parent's end, came before."""

    def returned(self, run: Running, outputs: dict[str, object]) -> int:
        """The flow it called has come to its end; returns where to go on."""
        return run.next

    def left_by(self, run: Running, event: FlowEvent) -> int | None:
        """Where an event goes on which the called flow has not handled; None: not here."""
        return None


def registry(verbs: Iterable[type[Step]]) -> Mapping[str, type[Step]]:
    """Verb -> class. Raises `UsageError` when two bear one verb, or a verb equals another step's option."""
    known: dict[str, type[Step]] = {}
    for cls in verbs:
        if cls.verb in known:
            raise UsageError(
                f"Two step classes bear the verb `{cls.verb}`: {_named(known[cls.verb])} and {_named(cls)}.",
                remedy="Rename one, or remove one of the plugins.",
            )
        known[cls.verb] = cls
    for cls in known.values():
        for option in option_names(cls) - {cls.verb}:
            if option in known:
                raise UsageError(
                    f"The verb `{option}` of {_named(known[option])} is an option of `{cls.verb}`.",
                    remedy="A step's verb could not be told from its options: rename the verb.",
                )
    return known


def _named(cls: type[Step]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def option_names(cls: type[Step]) -> set[str]:
    """The keys a step may have, as flows write them."""
    return {field.alias or name for name, field in cls.model_fields.items()}


def parse_steps(node: object, reading: Reading) -> tuple[PlacedStep, ...]:
    """A list of steps; what is wrong goes to `reading.findings`, and the rest is returned."""
    if node is None:
        return ()
    if not isinstance(node, Items):
        if isinstance(node, Scalar | Keys):
            remedy = "Write one `- verb: ...` a line."
            reading.findings.append(node.at.finding("wrong-value", "A list of steps belongs here.", remedy))
        return ()
    placed = [_parse_step(item, reading, node.at) for item in node]
    return tuple(step for step in placed if step is not None)


def _parse_step(node: Node, reading: Reading, around: Location) -> PlacedStep | None:
    verbs = reading.verbs
    at = around if node is None else node.at
    if isinstance(node, Scalar):
        cls = verbs.get(node)
        if cls is not None and cls.bare:
            node = Keys([(node, None)], at)
        elif cls is not None:
            message, remedy = f"`{node}` needs more than its name.", f"Write `- {node}: ...`."
            reading.findings.append(at.finding("wrong-value", message, remedy))
            return None
        else:
            reading.findings.append(_unknown(str(node).partition(":")[0], at, verbs))
            return None
    if not isinstance(node, Keys) or not node:
        message = "A step is a mapping with one verb."
        reading.findings.append(at.finding("no-verb", message, "Write `- say: Hello.`, for example."))
        return None
    found = [key for key in node if key in verbs]
    if not found:
        odd = next((key for key in node if key not in ("id", "only")), next(iter(node)))
        reading.findings.append(_unknown(odd, node.key_at(odd), verbs))
        return None
    if len(found) > 1:
        message = f"This step has two verbs, `{found[0]}` and `{found[1]}`."
        remedy = "Make two steps of it, each with its own `-`."
        reading.findings.append(node.key_at(found[1]).finding("two-verbs", message, remedy))
        return None
    cls = verbs[found[0]]
    step, findings = check(node, cls, context=reading)
    reading.findings += findings
    outcomes = node.get("outcomes")
    if isinstance(outcomes, Keys) and cls.outcome_names:
        known = (*cls.outcome_names, "otherwise")
        for name in outcomes:
            if name not in known:
                message = f"`{cls.verb}` has no outcome `{name}`."
                remedy = did_you_mean(name, known)
                reading.findings.append(outcomes.key_at(name).finding("unknown-outcome", message, remedy))
    return PlacedStep(step, node.at) if step is not None else None


def _unknown(word: str, at: Location, verbs: Mapping[str, type[Step]]) -> Finding:
    if word in ("id", "only"):
        return at.finding("no-verb", "This step has no verb.", "Say what it does: `say`, `choose`, `go` ...")
    return at.finding("unknown-verb", f"There is no verb `{word[:40]}`.", did_you_mean(word, verbs))

"""The dialogue in LangGraph with its SQLite checkpointer, one at a time. Run by a Python that has both:

python langgraph_sqlite.py TURNS      prints turns per second
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from typing import TypedDict

PEOPLE = 200
SAYS = ("hello", "Ann", "green", "yes")


class State(TypedDict, total=False):
    name: str
    colour: str
    gift: str
    said: str


def main(turns: int) -> float:
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import Command, interrupt

    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    def ask_name(state: State) -> State:
        return {"name": interrupt("Good day. What is your name?")}

    def ask_colour(state: State) -> State:
        return {"colour": interrupt(f"Red, green or blue, {state['name']}?")}

    def ask_gift(state: State) -> State:
        return {"gift": interrupt("Is it a present?")}

    def sum_up(state: State) -> State:
        is_gift = "a" if state["gift"] == "yes" else "no"
        return {"said": f"{state['name']} gets {state['colour']}, and it is {is_gift} present."}

    graph = StateGraph(State)
    steps = {"ask_name": ask_name, "ask_colour": ask_colour, "ask_gift": ask_gift, "sum_up": sum_up}
    for name, step in steps.items():
        graph.add_node(name, step)
    for before, after in zip((START, *steps), (*steps, END), strict=True):
        graph.add_edge(before, after)
    with tempfile.TemporaryDirectory() as folder, SqliteSaver.from_conn_string(f"{folder}/bot.db") as saver:
        bot = graph.compile(checkpointer=saver)

        def take(number: int) -> None:
            person, turn = number % PEOPLE, number // PEOPLE % len(SAYS)
            config = {"configurable": {"thread_id": f"{person}-{number // (PEOPLE * len(SAYS))}"}}
            given = Command(resume=SAYS[turn]) if turn else State()
            state = bot.invoke(given, config, durability="sync")
            assert turn < 3 or state["said"] == "Ann gets green, and it is a present.", state

        for number in range(PEOPLE):
            take(number)
        begun = time.perf_counter()
        for number in range(PEOPLE, PEOPLE + turns):
            take(number)
        return turns / (time.perf_counter() - begun)


if __name__ == "__main__":
    print(main(int(sys.argv[1])))

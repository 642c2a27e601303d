"""The dialogue of `turns.py` in LangGraph, with its checkpointer in memory. Run by a Python that has it:

python langgraph_peer.py TURNS      prints turns per second of CPU
"""

from __future__ import annotations

import sys
import time
from typing import TypedDict


class State(TypedDict):
    colour: str
    said: list[str]


def main(turns: int) -> float:
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph
    from langgraph.types import Command, interrupt

    answers = {"red": "Like a rose.", "green": "Like grass."}

    def ask(state: State) -> dict[str, object]:
        return {"colour": interrupt("What now?")}

    def tell(state: State) -> dict[str, object]:
        return {"said": [answers.get(state["colour"], "Like the sky."), "Welcome back."]}

    graph = StateGraph(State)
    graph.add_node("ask", ask)
    graph.add_node("tell", tell)
    graph.add_edge(START, "ask")
    graph.add_edge("ask", "tell")
    graph.add_edge("tell", "ask")
    bot = graph.compile(checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}, "recursion_limit": 100}
    bot.invoke({"colour": "", "said": []}, config)
    words = ("red", "green", "blue")
    begun = time.process_time()
    for number in range(turns):
        bot.invoke(Command(resume=words[number % 3]), config)
    return turns / (time.process_time() - begun)


if __name__ == "__main__":
    print(main(int(sys.argv[1])))

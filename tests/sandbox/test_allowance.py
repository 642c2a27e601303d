from __future__ import annotations

from botkit.sandbox.allowance import Allowance, Verdict, burst, patience, rate


def test_a_burst_then_the_rate_then_no_more() -> None:
    allowance = Allowance(100.0)
    assert {allowance.ask(100.0) for _ in range(int(burst))} == {Verdict.SERVE}
    assert allowance.ask(100.0) is Verdict.REFUSE
    later = 100.0 + 2.5 / rate
    verdicts = [allowance.ask(later) for _ in range(patience + 2)]
    assert verdicts == [Verdict.SERVE] * 2 + [Verdict.REFUSE] * (patience - 1) + [Verdict.LET_GO]


def test_a_pause_fills_it_no_further_than_the_burst() -> None:
    allowance = Allowance(0.0)
    served = sum(allowance.ask(1e6) is Verdict.SERVE for _ in range(int(burst) + 10))
    assert served == burst

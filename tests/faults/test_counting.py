"""What the verdict of a campaign keeps of a double: every line of the sink, and every try that the program remembers."""

from tests.faults.counting import Arrival, Verdict, _count_doubles


def test_a_double_is_a_breach_with_its_evidence() -> None:
    lines = [{"number": 1, "habit": "answers"}, {"number": 2, "habit": "503, taken"}]
    arrivals = [Arrival("k1", "48500", "sms", line) for line in lines] + [
        Arrival("k2", "48501", "sms"),
        Arrival("k1", "a@example.com", "email"),
    ]
    tries = [{"key": "k1", "message_id": "<1@x>", "number": 1}, {"key": "k2", "message_id": "<2@x>", "number": 1}]
    verdict = Verdict()
    _count_doubles(verdict, arrivals, tries)
    assert verdict.breaches == ["double by key: 1, such as k1", "double by recipient: 1, such as 48500"]
    assert [line.split(":")[0] for line in verdict.evidence] == ["sink", "sink", "try"]
    assert "503, taken" in verdict.evidence[1]


def test_without_doubles_there_is_no_evidence() -> None:
    verdict = Verdict()
    _count_doubles(verdict, [Arrival("k1", "48500", "sms"), Arrival("k2", "48501", "sms")], [])
    assert (verdict.breaches, verdict.evidence) == ([], [])

"""What came of it: the outbox against what the sinks wrote down. Each breach is a sentence; the database's commit times say what came first."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from invoices.books import differences
from receivables.accounts.models import Creditor
from receivables.audit.actions import verify
from receivables.messaging.states import MessageState
from tests.faults.arena import Arena
from tests.faults.journal import lines

ARRIVED = {MessageState.ACCEPTED, MessageState.DELIVERED}
MESSAGES = """
    SELECT m.id, m.key, m.message_id, m.channel, m.recipient, m.state, m.reason, n.customer_id, m.not_before > now() AS waits
    FROM messaging_message m LEFT JOIN dunning_notice n ON n.message_id = m.id
"""
STOPPED = """
    WITH stop AS (
        SELECT customer_id, pg_xact_commit_timestamp(xmin) AS at, 'payment' AS what FROM invoices_payment
        UNION ALL SELECT i.customer_id, pg_xact_commit_timestamp(d.xmin), 'dispute' FROM invoices_dispute d JOIN invoices_item i ON i.id = d.item_id
        UNION ALL SELECT customer_id, pg_xact_commit_timestamp(xmin), 'hold' FROM dunning_hold
    ) SELECT customer_id, what, at FROM stop
"""
HANDED = """
    SELECT n.customer_id, h.message, pg_xact_commit_timestamp(h.xmin) FROM evidence.handed h JOIN dunning_notice n ON n.message_id = h.message
"""
LOST = """
    SELECT u.number FROM invoices_customer u JOIN invoices_item i ON i.customer_id = u.id
    WHERE i.open_amount > 0 AND NOT EXISTS (SELECT FROM invoices_dispute d WHERE d.item_id = i.id)
        AND NOT EXISTS (SELECT FROM dunning_hold h WHERE h.customer_id = u.id)
        AND NOT EXISTS (SELECT FROM dunning_notice n JOIN messaging_message m ON m.id = n.message_id
            WHERE n.customer_id = u.id AND n.main_id IS NULL AND (m.state IN ('accepted', 'delivered', 'failed', 'unknown', 'expired')
                OR (m.state = 'planned' AND m.reason <> '' AND m.not_before > now())))
    ORDER BY u.id
"""
"""Customers who owe, whom nothing stops, and for whom no message has come to an end or waits with a reason."""


TRIES = """
    SELECT m.key, m.message_id, m.state, m.attempts, m.handed_at, m.uncertain_since, a.number, a.at, a.outcome, a.detail, a.reference
    FROM messaging_message m LEFT JOIN messaging_attempt a ON a.message_id = m.id ORDER BY m.id, a.id
"""
MOST_EVIDENCE = 10  # doubles that are told in full
UNAPPLIED = "SELECT id FROM messaging_providerevent WHERE applied_at IS NULL"


@dataclass
class Verdict:
    """Figures as counted, and what must not be."""

    figures: dict[str, int] = field(default_factory=dict)
    breaches: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)  # what stood where, of what must not be

    def expect_none(self, what: str, found: Sequence[object]) -> None:
        """Count these; each is a breach."""
        self.figures[what] = len(found)
        if found:
            self.breaches.append(f"{what}: {len(found)}, such as {', '.join(str(one) for one in found[:3])}")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that a sink has taken. Unanswered: the sender was never told."""

    key: str  # Message-ID of a mail, our key of an SMS
    to: str
    channel: str
    line: Mapping[str, object] = field(default_factory=dict)  # of the sink
    answered: bool = True


def count(arena: Arena) -> Verdict:
    """Everything, once all has come to rest."""
    verdict = Verdict()
    arrivals = [*_mails(arena.mails), *_texts(arena.texts)]
    with arena.superuser() as server:
        messages = _rows(server, MESSAGES)
        _count_states(verdict, messages)
        _count_doubles(verdict, arrivals, _rows(server, TRIES))
        _compare(verdict, messages, arrivals)
        verdict.expect_none("lost", [row["number"] for row in _rows(server, LOST)])
        verdict.expect_none("handed after a commit that stops", list(too_late(server)))
        _count_payments(verdict, server, arena)
        _count_packages(verdict, server, arena)
        _count_brakes(verdict, server)
        verdict.expect_none("reports stored, never applied", server.execute(UNAPPLIED).fetchall())
    verdict.expect_none("differences in the books", list(differences()))
    verdict.expect_none("breaks in audit chains", [wrong for firm in [None, *Creditor.objects.all()] for wrong in verify(firm)])
    return verdict


def _mails(journal: Path) -> Iterator[Arrival]:
    for line in lines(journal):
        if line["event"] == "taken":
            yield Arrival(line["id"], line["to"], "email", line, line["answered"])


def _texts(journal: Path) -> Iterator[Arrival]:
    for line in lines(journal):
        yield Arrival(line["key"], str(line["fields"].get("to")), "sms", line)


def _rows(server: psycopg.Connection, query: str) -> list[dict[str, object]]:
    cursor = server.execute(query)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _count_states(verdict: Verdict, messages: Sequence[Mapping[str, object]]) -> None:
    states = Counter(str(row["state"]) for row in messages)
    verdict.figures |= {f"messages {state}": number for state, number in sorted(states.items())}
    verdict.expect_none("left in hand", [row["key"] for row in messages if row["state"] in ("claimed", "handed")])
    verdict.expect_none("due and left alone", [row["key"] for row in messages if row["state"] == "planned" and not row["waits"]])


def _count_doubles(verdict: Verdict, arrivals: Sequence[Arrival], tries: Sequence[Mapping[str, object]]) -> None:
    """No key and no recipient twice. Of each double the lines of the sink are kept, and every try that the program remembers."""
    verdict.figures["taken by the sinks"] = len(arrivals)
    verdict.figures["taken and never answered"] = sum(not arrival.answered for arrival in arrivals)
    by_key, by_recipient = _doubles(arrivals, lambda one: one.key), _doubles(arrivals, lambda one: one.to)
    verdict.expect_none("double by key", [key for _channel, key in by_key])
    verdict.expect_none("double by recipient", [to for _channel, to in by_recipient])
    told = list(by_key.values())
    told += [same for same in by_recipient.values() if same not in told]
    for same in told[:MOST_EVIDENCE]:
        names = {one.key for one in same}
        verdict.evidence += [f"sink: {json.dumps(one.line, default=str, ensure_ascii=False)}" for one in same]
        verdict.evidence += [f"try:  {json.dumps(row, default=str)}" for row in tries if names & {row["key"], row["message_id"]}]


def _doubles(arrivals: Sequence[Arrival], name: Callable[[Arrival], str]) -> dict[tuple[str, str], list[Arrival]]:
    """What was taken more than once, by channel and that name."""
    found: dict[tuple[str, str], list[Arrival]] = {}
    for one in arrivals:
        found.setdefault((one.channel, name(one)), []).append(one)
    return {what: same for what, same in found.items() if len(same) > 1}


def _compare(verdict: Verdict, messages: Sequence[Mapping[str, object]], arrivals: Sequence[Arrival]) -> None:
    taken = {(one.channel, one.key): one for one in arrivals}
    by_name = {(row["channel"], row["message_id"] if row["channel"] == "email" else row["key"]): row for row in messages}
    at_sinks = [(name, row) for name, row in by_name.items() if name[0] in ("email", "sms")]
    verdict.expect_none("accepted without an arrival", [n for n, row in at_sinks if row["state"] in ARRIVED and n not in taken])
    allowed = ARRIVED | {MessageState.UNKNOWN}
    unrecorded = [(name, by_name[name]["state"] if name in by_name else "no message") for name in taken]
    verdict.expect_none("arrived, but not recorded", [entry for entry in unrecorded if entry[1] not in allowed])
    uncertain = [name for name, one in taken.items() if not one.answered and name in by_name]
    verdict.expect_none("uncertain, but not unknown", [name for name in uncertain if by_name[name]["state"] != MessageState.UNKNOWN])
    unknown = [name for name, row in by_name.items() if row["state"] == MessageState.UNKNOWN]
    verdict.figures["unknown that had arrived"] = sum(name in taken for name in unknown)


def too_late(server: psycopg.Connection) -> Iterator[str]:
    stops = [(customer, what, at) for customer, what, at in server.execute(STOPPED).fetchall()]
    handed: dict[int, list[tuple[int, object]]] = {}
    for customer, message, at in server.execute(HANDED).fetchall():
        handed.setdefault(customer, []).append((message, at))
    for customer, what, at in stops:
        for message, when in handed.get(customer, ()):
            if when > at:
                yield f"message {message}, {what} of customer {customer} {when - at} earlier"


def _count_payments(verdict: Verdict, server: psycopg.Connection, arena: Arena) -> None:
    booked = {reference for (reference,) in server.execute("SELECT reference FROM invoices_payment").fetchall()}
    verdict.figures["payments, disputes and holds"] = len(server.execute(STOPPED).fetchall())
    verdict.figures["of these before the message was handed"] = server.execute(
        "SELECT count(DISTINCT customer_id) FROM dunning_notice n JOIN messaging_message m ON m.id = n.message_id WHERE m.state = 'withdrawn'"
    ).fetchone()[0]
    verdict.expect_none(
        "payments told as booked, but gone", [one["reference"] for one in lines(arena.payments) if one["reference"] not in booked]
    )


def _count_packages(verdict: Verdict, server: psycopg.Connection, arena: Arena) -> None:
    names = Counter(path.stem for path in (arena.data / "agency").rglob("*.zip"))
    placed = {
        key for (key,) in server.execute("SELECT key FROM messaging_message WHERE channel = 'agency' AND state = 'accepted'").fetchall()
    }
    verdict.figures["packages for the agency"] = len(names)
    verdict.expect_none("packages double", [name for name, n in names.items() if n > 1])
    verdict.expect_none("placed without a package", [key for key in placed if key not in names])
    noted = Counter(key for (key,) in server.execute("SELECT case_key FROM dunning_placement").fetchall())
    verdict.expect_none("taken by the agency, and no hand-over noted", [key for key in placed if key not in noted])
    verdict.expect_none("hand-overs noted double", [key for key, n in noted.items() if n > 1])
    twice = "SELECT item_id FROM dunning_placeditem WHERE is_standing GROUP BY item_id HAVING count(*) > 1"
    verdict.expect_none("items with two agencies", [item for (item,) in server.execute(twice).fetchall()])
    events = "SELECT placement_id FROM dunning_placementevent WHERE kind = 'sent' GROUP BY placement_id HAVING count(*) > 1"
    verdict.expect_none("hand-overs that left twice", [one for (one,) in server.execute(events).fetchall()])


def _count_brakes(verdict: Verdict, server: psycopg.Connection) -> None:
    """Where so much is unknown as no brake lets pass, it must have closed; the warden released it again."""
    closed = dict(server.execute("SELECT kind, count(*) FROM messaging_brake GROUP BY kind").fetchall())
    verdict.figures |= {f"brakes closed for {kind}": number for kind, number in sorted(closed.items())}
    handed, unknown = server.execute(
        "SELECT count(*), count(*) FILTER (WHERE state = 'unknown') FROM messaging_message WHERE channel = 'email' AND handed_at IS NOT NULL"
    ).fetchone()
    if unknown >= 10 and unknown > handed / 50 and not closed.get("unknown"):
        verdict.breaches.append(f"{unknown} of {handed} mails are unknown, and no brake has closed")

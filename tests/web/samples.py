"""One context for every component, for the tests and for looking at the pages."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.template import engines

NOON = datetime(2025, 3, 31, 12, 5, tzinfo=UTC)


class HoldForm(forms.Form):
    """Every kind of field the screens use."""

    until = forms.DateField(
        label="Hold until", help_text="The last day on which nothing is sent.", widget=forms.DateInput(attrs={"type": "date"})
    )
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}))
    kind = forms.ChoiceField(label="Kind", choices=[("promise", "Promise"), ("dispute", "Dispute")], required=False)
    scope = forms.ChoiceField(label="What is held", widget=forms.RadioSelect, choices=[("item", "This item"), ("customer", "The customer")])
    tell = forms.BooleanField(label="Tell the customer", required=False, help_text="By e-mail, in their language.")


class FilterForm(forms.Form):
    """A filter bar."""

    q = forms.CharField(label="Number or customer", required=False, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(label="State", required=False, choices=[("", "Any"), ("overdue", "Overdue")])
    due_before = forms.DateField(label="Due before", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    mine = forms.BooleanField(label="Only mine", required=False)


def template(name: str) -> Any:
    """A template that lies beside this file."""
    return engines["django"].from_string(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def _row(number: str, word: str, state: str, total: str, left: str) -> dict[str, Any]:
    return {
        "number": number,
        "issued_on": date(2025, 2, 28),
        "due_on": date(2025, 3, 14),
        "word": word,
        "state": state,
        "next": "Formal demand, 2 Apr",
        "total": Decimal(total),
        "open": Decimal(left),
    }


def components() -> dict[str, Any]:
    """What tests/web/styleguide.html and portal_guide.html need."""
    return {
        "today": date(2025, 3, 31),
        "row_template": template("_row.html").template,
        "foot_template": template("_totals.html").template,
        "tiles": [
            {"label": "Overdue", "amount": Decimal("184220.40"), "currency": "PLN", "note": "38 customers", "url": "#1"},
            {"label": "Waiting for approval", "value": 14, "note": "since yesterday", "tone": "warn", "url": "#2"},
            {"label": "Broken promises", "value": 3, "note": "12 400,00 zł", "tone": "bad", "url": "#3"},
            {"label": "Unmatched payments", "value": 0, "note": "all matched", "tone": "ok", "url": "#4"},
            {"label": "To call today", "value": 7, "url": "#5"},
        ],
        "stats": [
            {"label": "Balance", "amount": Decimal("45210.00"), "currency": "PLN"},
            {"label": "Overdue", "amount": Decimal("12840.50"), "currency": "PLN", "note": "4 items"},
            {"label": "Not due", "amount": Decimal("32369.50"), "currency": "PLN"},
            {"label": "Oldest", "value": "47 days"},
            {"label": "Average delay", "value": "11 days"},
        ],
        "steps": [
            {"label": "Reminder before the due date", "state": "done", "on": date(2025, 3, 9), "note": "e-mail, delivered", "url": "#a"},
            {"label": "Overdue e-mail", "state": "done", "on": date(2025, 3, 17), "note": "opened no attachment"},
            {"label": "SMS", "state": "skipped", "note": "no consent"},
            {"label": "Formal demand", "state": "today", "on": date(2025, 3, 31), "note": "waits for approval"},
            {"label": "Final demand with register warning", "state": "next", "on": date(2025, 4, 14), "note": "14 days after the demand"},
            {"label": "Hand-over to the agency", "state": "future", "on": date(2025, 5, 5)},
        ],
        "tabs": [
            {"label": "Open items", "url": "#t1", "is_current": True, "count": 4},
            {"label": "All items", "url": "#t2", "count": 1500},
            {"label": "Payments", "url": "#t3", "count": 0},
            {"label": "Messages", "url": "#t4"},
        ],
        "columns": [
            {"label": "Invoice", "sort_url": "#s", "sort": "none"},
            {"label": "Issued"},
            {"label": "Due", "sort_url": "#s", "sort": "ascending"},
            {"label": "Next step"},
            {"label": "Total", "kind": "amount"},
            {"label": "Open", "kind": "amount"},
        ],
        "rows": [
            _row("FV/2025/02/0117", "17 days late", "overdue", "1234.50", "1234.50"),
            _row("FV/2025/02/0118", "Paid", "paid", "120000", "0"),
            _row("FV/2025/02/0119", "Disputed", "disputed", "8900.99", "8900.99"),
            _row("KOR/2025/03/0002", "Open", "open", "-450", "-450"),
        ],
        "sums": {"total": Decimal("129685.49"), "open": Decimal("9685.49")},
        "ageing": {
            "not_due": {"count": 86, "amount": Decimal("32369.50"), "url": "#b0"},
            "1-30": {"count": 13, "amount": Decimal("7880.74"), "url": "#b1"},
            "31-60": {"count": 4, "amount": Decimal("4000"), "url": "#b2"},
            "61-90": {"count": 2, "amount": Decimal("1900"), "url": "#b3"},
            "91-180": {"count": 1, "amount": Decimal("1500"), "url": "#b4"},
            "181-365": {"count": 1, "amount": Decimal("1200"), "url": "#b5"},
            "365+": {"count": 1, "amount": Decimal("800"), "url": "#b6"},
        },
        "facts": [
            {"label": "NIP", "value": "725-18-01-126"},
            {"label": "Credit limit", "amount": Decimal("50000"), "currency": "PLN", "note": "used to 90 %"},
            {"label": "Customer since", "on": date(2021, 5, 4)},
            {"label": "Policy", "value": "B2B, three letters", "url": "#policy"},
            {"label": "Parent", "value": ""},
        ],
        "totals": {"PLN": Decimal("45210"), "EUR": Decimal("1200.5")},
        "entries": [
            {
                "at": NOON,
                "label": "Formal demand",
                "icon": "letter",
                "direction": "out",
                "tag": "Captured",
                "tone": "info",
                "by": "run 41",
                "url": "#m",
            },
            {
                "at": NOON,
                "label": "“We pay on Friday.”",
                "icon": "email",
                "direction": "in",
                "text": "Reply to the overdue e-mail of 17 March.",
            },
            {"on": date(2025, 3, 17), "label": "Overdue e-mail", "icon": "email", "direction": "out", "tag": "Bounced", "tone": "bad"},
            {"on": date(2025, 3, 12), "label": "Hold lifted", "icon": "pause", "by": "Anna Nowak"},
        ],
        "filters": FilterForm(),
        "form": HoldForm({"until": "yesterday", "reason": "", "scope": "item"}),
        "freshness": [{"label": "Bank", "at": NOON, "is_stale": False}, {"label": "Shop", "at": NOON, "is_stale": True}],
        "nav_counts": {"runs": 2, "mailbox": 1204},
    }

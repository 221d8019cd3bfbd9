"""What became of a file, in figures and in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from invoices.intake.cells import Problem
from invoices.intake.layout import MAX_PROBLEMS, Read
from invoices.intake.parsed import ParsedInvoice


@dataclass(frozen=True, slots=True)
class FileReport:
    """`refused` counts the lines that kept the file out; with any of them nothing of it was stored. `warnings` keep nothing out."""

    file: str
    format: str = "csv"
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = field(default=())
    invoices: tuple[ParsedInvoice, ...] = field(default=())  # of files that are no tables

    @classmethod
    def of_refused(cls, file: str, *problems: Problem) -> "FileReport":
        """The report on a file that was kept out."""
        return cls(file, refused=max(len({problem.line for problem in problems}), 1), problems=problems)

    @classmethod
    def of_table(cls, file: str, table: Read[Any]) -> "FileReport":
        """The report on a file that could not be read to rows."""
        report = cls.of_refused(file, *table.problems)
        count = table.problem_count if table.problem_count > MAX_PROBLEMS else 0
        return replace(report, format=table.format, refused=max(report.refused, count))

    @classmethod
    def of_problems(cls, file: str, problems: Sequence[Problem], *, most: int) -> "FileReport":
        """The report on a file whose rows do not go with the books: the first problems, and how many more there are."""
        more = len(problems) - most
        told = [*problems[:most], *([Problem(0, None, f"and {more:,} more.")] if more > 0 else [])]
        return replace(cls.of_refused(file, *told), refused=len({problem.line for problem in problems}))

    def as_json(self) -> dict[str, Any]:
        """The shape that `import_invoices --json` prints; `warnings` is there only where there are some."""
        figures = {name: getattr(self, name) for name in ("file", "format", "new", "changed", "unchanged", "refused")}
        warnings = {"warnings": _lines(self.warnings)} if self.warnings else {}
        invoices = {"invoices": [_invoice(one) for one in self.invoices]} if self.invoices else {}
        return {**figures, "problems": _lines(self.problems), **warnings, **invoices}


def _invoice(one: ParsedInvoice) -> dict[str, Any]:
    """What was read of one invoice, so that a person or a test can compare. Amounts are text, a credit note's negative."""
    return {
        "number": one.number,
        "kind": str(one.kind),
        "issued_on": str(one.issued_on),
        "due": [str(day) for day in one.due],
        "currency": one.currency,
        "total": str(one.total),
        "prepaid": str(one.prepaid),
        "paid": str(one.paid_in_all),
        "to_pay": str(one.to_pay),
        "seller": one.seller.tax_id,
        "buyer": one.buyer.tax_id,
        "lines": len(one.lines),
        "ksef_number": one.ksef_number,
        "questions": [{"question": str(asked.question), "place": asked.place, "said": asked.said} for asked in one.asked],
    }


def _lines(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    return [{"line": problem.line or None, "column": problem.column, "reason": problem.reason} for problem in problems]

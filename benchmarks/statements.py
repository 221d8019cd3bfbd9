"""statements: bank lines of a year by the production path (MT940 and CAMT), as many invoice rows, and the same again.

Each file is one transaction. Its memory is measured in a process of its own, since what was ever taken is never shown to have been given
back. The floor is the bare reading of the file; what the lines pay is the business of `matching`.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measuring import measured

ON = date(2026, 6, 15)
IBAN = "PL61109010140000071219812874"


def measure(size: int) -> Iterator[dict[str, Any]]:
    """The lines that are printed, two for each kind of file: new, and again, which changes nothing."""
    with TemporaryDirectory() as folder:
        for form, make in MAKE.items():
            file = Path(folder) / form
            file.write_bytes(make(size))
            command = [sys.executable, "-m", "benchmarks.statements", form, str(size), str(file)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            yield from (json.loads(line) for line in done.stdout.splitlines() if line.startswith("{"))


def measure_one(form: str, size: int, file: Path) -> Iterator[dict[str, Any]]:
    """The same for one kind, in this process. `peak_rss_mb` is after the first load; the floor is measured last."""
    from invoices.actions import import_file  # noqa: PLC0415 - they need the settings
    from invoices.actions.bank import import_statement  # noqa: PLC0415
    from invoices.intake.csv_table import builtin_profiles, read_table  # noqa: PLC0415
    from invoices.statements.reading import read_statements  # noqa: PLC0415
    from receivables.accounts.models import Creditor  # noqa: PLC0415
    from receivables.db.scratch import scratch_database  # noqa: PLC0415

    data, profile = file.read_bytes(), builtin_profiles()["generic"]
    with scratch_database() as scratch:
        scratch.reset()
        creditor = Creditor.objects.create(slug="bench", name="Bench", currency="PLN", bank_account=IBAN)
        found: list[dict[str, Any]] = []
        for name in (form, f"{form} again"):
            told: list[int] = []
            with measured() as cost:
                report: Any = (
                    import_file(creditor, name="x", data=data, profile=profile, on=ON, progress=_counting(told))
                    if form == "rows"
                    else import_statement(creditor, name="x", data=data, on=ON, progress=told.append)
                )
            line = cost.line(name, n=size, items=size, floor_items_s=0) | {"peak_rss_mb": peak_mb()}
            found.append(line | {"new": report.new, "problems": len(report.problems), "told": len(told), "mb": round(len(data) / 1e6, 1)})
        with measured() as bare:
            read_table(data, profile) if form == "rows" else read_statements(data)
        for line in found:
            floor = size / bare.wall_s
            yield line | {"floor_items_s": round(floor), "floor_ratio": round(floor / line["items_s"], 2)}


def _counting(told: list[int]) -> Callable[..., None]:
    return lambda done, *_more: told.append(done)


def peak_mb() -> int:
    """The most that this program ever had: `ru_maxrss` would remember what its parent had when it made the process."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024


def _day(n: int, size: int) -> date:
    return date(2026, 1, 1) + timedelta(days=n * 160 // size)


def _mt940(size: int) -> bytes:
    return mt940(
        (_day(n, size), n % 900 + 1 + Decimal(n % 100) / 100, f"FV/{n}/2026~21ZA TOWAR", f"KLIENT {n % 5_000}~33SP Z OO",
         f"PL27114020040000300201{n % 5_000:06d}")
        for n in range(size)
    )  # fmt: skip


def mt940(entries: Iterable[tuple[date, Decimal, str, str, str]]) -> bytes:
    """A statement that balances: of each movement its day, amount, title, payer and the payer's account."""
    lines, total = [f":20:ST\n:25:{IBAN}\n:28C:1/1\n:60F:C260101PLN0,00"], Decimal(0)
    for n, (on, amount, title, payer, account) in enumerate(entries):
        total += amount
        lines.append(
            f":61:{on:%y%m%d}{on:%m%d}C{amount:.2f}NTRFNONREF//B{n}\n:86:020~00PRZELEW~20{title}~32{payer}~38{account}".replace(".", ",", 1)
        )
    return "\n".join([*lines, f":62F:C260609PLN{total:.2f}".replace(".", ",") + "\n-\n"]).encode()


def _camt(size: int) -> bytes:
    head = f"<Document><BkToCstmrStmt><Stmt><Id>1</Id><Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>PLN</Ccy></Acct>"
    return (head + "".join(_ntry(n, size) for n in range(size)) + "</Stmt></BkToCstmrStmt></Document>").encode()


def _ntry(n: int, size: int) -> str:
    day = f"<Dt>{_day(n, size)}</Dt>"
    return (
        f"<Ntry><Amt Ccy='PLN'>{n % 900 + 1}.{n % 100:02d}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt>{day}</BookgDt>"
        f"<AcctSvcrRef>B{n}</AcctSvcrRef><NtryDtls><TxDtls><RmtInf><Ustrd>FV/{n}/2026</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def _rows(size: int) -> bytes:
    who = max(size // 5, 1)
    lines = ["Invoice number,Customer number,Customer,E-mail,Issued,Due,Gross amount"]
    for n in range(size):
        on = _day(n, size)
        whose = f"K{n % who},Klient {n % who},k{n % who}@example.com"
        lines.append(f"FV/{n}/2026,{whose},{on},{on + timedelta(days=14)},{n % 900 + 1}.{n % 100:02d}")
    return "\n".join([*lines, ""]).encode()


MAKE: dict[str, Callable[[int], bytes]] = {"mt940": _mt940, "camt": _camt, "rows": _rows}


def main(arguments: list[str]) -> int:
    """One kind in this process, a line of JSON each."""
    form, size, file = arguments
    for line in measure_one(form, int(size), Path(file)):
        print(json.dumps(line), flush=True)
    return 0


if __name__ == "__main__":
    import django

    django.setup()
    sys.exit(main(sys.argv[1:]))

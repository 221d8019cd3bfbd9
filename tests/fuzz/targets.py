"""What is fuzzed: every reader of bytes from outside, with the one error that it may raise. Pure: no database, no network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from dunning.agencies.report import UnreadableReport, read_report
from invoices.intake.csv_table import builtin_profiles, read_table
from invoices.intake.customer_table import read_customers
from invoices.intake.mapping import guess, preview, profile_of, see
from invoices.intake.open_items import read_open_items
from invoices.intake.opening_table import read_opening
from invoices.intake.parsed import UnreadableInvoice
from invoices.intake.reading import read_invoices
from invoices.intake.services import written
from invoices.intake.settlement_table import read_settlement
from invoices.statements import mapping as bank_mapping
from invoices.statements.parsed import UnreadableStatement
from invoices.statements.reading import read_statements
from receivables.core.errors import ProfileError, Refused
from receivables.core.xml_in import UnreadableXml, parse_xml
from receivables.messaging.inbound.mail import UnreadableMail, file_in, is_said_to_be_forged, read_mail
from tests.unit.hostile_files import GOOD, ON
from tests.unit.intake.files import jpk, ksef, ubl, zipped


@dataclass(frozen=True, slots=True)
class Target:
    """A reader, what it may raise, and good input to begin with."""

    read: Callable[[bytes], object]
    may_raise: type[Exception]
    seeds: tuple[bytes, ...]

    def run(self, data: bytes) -> None:
        """Read; whatever else than the allowed error comes out is a finding."""
        try:
            self.read(data)
        except self.may_raise:
            pass


_MT940 = b":20:ST\n:25:PL61109010140000071219812874\n:28C:1/1\n:60F:C260504PLN0,00\n:61:2605040504C10,00NTRFNONREF\n:86:020~00X\n~20FV 1\n:62F:C260504PLN10,00\n-"
_CAMT = b"<Document><BkToCstmrStmt><Stmt><Acct><Id><IBAN>PL1</IBAN></Id></Acct><Ntry><Amt Ccy='PLN'>1.00</Amt></Ntry></Stmt></BkToCstmrStmt></Document>"
_TABLE = b"Invoice number,Customer number,Issued,Due,Gross amount\nF/1,K1,2026-03-01,2026-03-15,100.00\n"
_REPORT = b"case_id;status;amount;currency;date\nc1;paid_to_agency;10.00;PLN;2026-02-01\n"
_REPORT_JSON = b'[{"case_id": "c1", "status": "promise", "amount": 10.5, "currency": "PLN", "date": "2026-04-01"}]'

_MAIL = b'From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: attachment; filename="a.sta"\n\n:20:ST\n--b--\n'
_SERVICE = written("fakturownia", "5265877635", {"number": "F/1", "issue_date": "2026-01-01", "price_gross": "12.5", "kind": "vat"})


def _mapped(data: bytes) -> object:
    """A table that nobody described: seen, guessed, and read as guessed."""
    seen = see(data)
    found = guess(seen, "invoices")
    layout = {"dates": found.dates, "decimal": found.decimal, "thousands": found.thousands}
    try:
        profile = profile_of(seen, "invoices", name="ours", columns=found.columns, **layout)
    except ProfileError:  # a person has to choose the columns
        return seen
    return preview(data, profile, on=date(2026, 3, 1))


def _bank_mapped(data: bytes) -> object:
    """A bank's table that nobody described: seen, guessed, and read as guessed, or by its first columns where no guess is enough."""
    seen = bank_mapping.see(data)
    columns, found = bank_mapping.guess(seen)
    chosen = columns if len(columns) >= bank_mapping.FEWEST else {0: "booked_on", 1: "amount", 2: "title"}
    try:
        layout = bank_mapping.layout_of(seen, chosen, name="ours", dates=found.dates, currency="PLN")
        return bank_mapping.preview(data, layout, above=seen.above)
    except (ProfileError, UnreadableStatement):
        return seen


def _rows(read: Callable[..., object], profile: str, **more: object) -> Callable[[bytes], object]:
    """A reader of tables with one of the layouts that come with the program."""
    return lambda data: read(data, builtin_profiles()[profile], **more)


def _mail(data: bytes) -> object:
    """A mail with its files, as the mailbox for statements opens them."""
    mail = read_mail(data)
    return [mail, is_said_to_be_forged(data), *(file_in(data, number) for number in range(len(mail.enclosed)))]


TARGETS: Mapping[str, Target] = {
    "xml": Target(parse_xml, UnreadableXml, (ksef(), ubl())),
    "ksef": Target(lambda data: read_invoices(data, form="ksef"), UnreadableInvoice, (ksef(),)),
    "ubl": Target(lambda data: read_invoices(data, form="ubl"), UnreadableInvoice, (ubl(),)),
    "cii": Target(lambda data: read_invoices(data, form="cii"), UnreadableInvoice, (b"<CrossIndustryInvoice/>",)),
    "jpk": Target(lambda data: read_invoices(data, form="jpk_fa"), UnreadableInvoice, (jpk(("A/1", "1.00")),)),
    "zip": Target(lambda data: read_invoices(data, form="zip"), UnreadableInvoice, (zipped({"a.xml": ksef()}),)),
    "table": Target(lambda data: read_table(data, builtin_profiles()["generic"]), UnreadableInvoice, (_TABLE,)),
    "service": Target(lambda data: read_invoices(data, form="fakturownia"), UnreadableInvoice, (_SERVICE,)),
    "mapping": Target(_mapped, Refused, (_TABLE,)),
    "bank_mapping": Target(_bank_mapped, Refused, (GOOD["bank csv"], b"Bank;x\nDay;In;Out;Who\n04.05.2026;1 234,50;;B\n")),
    "agency": Target(lambda data: read_report(data, on=date(2026, 3, 1)), UnreadableReport, (_REPORT, _REPORT_JSON)),
    "mt940": Target(lambda data: read_statements(data, form="mt940"), UnreadableStatement, (_MT940,)),
    "ofx": Target(lambda data: read_statements(data, form="ofx"), UnreadableStatement, (GOOD["ofx"],)),
    "bank_csv": Target(lambda data: read_statements(data, form="csv"), UnreadableStatement, (GOOD["bank csv"],)),
    "customers": Target(_rows(read_customers, "customers"), UnreadableInvoice, (GOOD["customers"],)),
    "opening": Target(_rows(read_opening, "opening", on=ON), UnreadableInvoice, (GOOD["opening"],)),
    "open_items": Target(_rows(read_open_items, "open-items"), UnreadableInvoice, (GOOD["open items"],)),
    "settlement": Target(_rows(read_settlement, "settlement", currency="PLN"), UnreadableInvoice, (GOOD["settlements"],)),
    "mail": Target(_mail, UnreadableMail, (_MAIL,)),
    "camt": Target(lambda data: read_statements(data, form="camt"), UnreadableStatement, (_CAMT,)),
}
"""By name. PDF is left out: it is read in a process of its own, whatever becomes of that."""

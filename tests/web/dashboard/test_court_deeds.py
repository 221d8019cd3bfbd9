"""Deeds of the screens about court, mediation, sale and insurance: for whom, from where, what they book and what they refuse."""

from decimal import Decimal
from typing import Any

from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import override_settings
from django.urls import reverse

from dunning.models import Agreement, CourtCase, DebtSale, Mediation
from invoices.actions import set_pesel
from invoices.models import Customer, Item
from receivables.accounts.models import Creditor
from receivables.audit.models import Entry
from receivables.credit.models import InsuranceNotice, InsurancePolicy
from receivables.documents.models import Document
from tests.builders import audited, make_customer, make_invoice
from tests.web.dashboard.world import DAY, TODAY, World

ROLES = ("viewer", "clerk", "approver", "manager")
# The lowest role that each deed is for; all above may do it too.
LOWEST = {
    "court_prepare": "clerk", "court_stage": "clerk", "court_take_back": "approver", "court_xml": "clerk", "court_sheet": "clerk",
    "mediation_begin": "clerk", "mediation_settle": "approver", "mediation_fail": "clerk", "debt_sell": "approver",
    "debt_sale_take_back": "approver", "insurance_policy": "manager", "insurance_notify": "clerk", "insurance_take_back": "clerk",
}  # fmt: skip
IBAN = "PL61109010140000071219812874"


def post(world: World, role: str, name: str, *ids: int, **said: Any) -> HttpResponse:
    answer: Any = world.client(role).post(reverse(f"dashboard:{name}", args=ids), said, headers={"accept-language": "en"})
    return answer  # type: ignore[no-any-return]


def says(answer: Any) -> str:
    return answer.content.decode() + " ".join(map(str, get_messages(answer.wsgi_request)))


def owed(world: World, amount: str = "800.00", **customer: Any) -> Item:
    buyer = make_customer(world.ours.creditor, tax_id="5265877635", **customer)
    return make_invoice(buyer, amount, issued_on=TODAY - 90 * DAY, due_on=TODAY - 60 * DAY).items.get()


def test_each_deed_is_for_its_lowest_role_and_no_lower(world: World) -> None:
    """Posted empty: who may not gets 403; who may is asked for more (422), or sent on where a button is all there is."""
    ids = world.ours.court.ids()
    for name, lowest in LOWEST.items():
        if name == "court_sheet":  # a button that makes a paper each time: below
            continue
        below, where = ROLES[ROLES.index(lowest) - 1], [ids[name]] if name in ids else []
        assert (post(world, below, name, *where).status_code, post(world, lowest, name, *where).status_code != 403) == (403, True), name


def test_a_case_goes_its_way_on_the_screens_and_no_other(world: World) -> None:
    item, today = owed(world), TODAY.isoformat()
    pk = item.customer_id
    said = {"items": [item.pk], "path": "epu", "prepared_on": today}
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"items": []}, "required"),
        ({"items": [world.theirs.invoice.items.get().pk]}, "valid choice"),
        ({"path": "supreme"}, "valid choice"),
        ({"prepared_on": (TODAY + DAY).isoformat()}, "future"),
    ]
    for changes, words in refusals:
        answer = post(world, "clerk", "court_prepare", pk, **said | changes)
        assert answer.status_code == 422 and words in says(answer), changes
    assert post(world, "clerk", "court_prepare", pk, **said).status_code == 302
    case = CourtCase.objects.get(customer=pk)
    assert post(world, "clerk", "court_prepare", pk, **said).status_code == 422  # an item stands in one case
    stages: list[tuple[str, dict[str, Any], int, str]] = [
        ("title", {}, 422, "valid choice"),  # nothing was filed
        ("filed", {"on": (TODAY + DAY).isoformat()}, 422, "future"),
        ("filed", {"reference": ""}, 422, "number"),
        ("filed", {}, 302, "filed"),
        ("filed", {}, 422, "valid choice"),
        ("suit", {}, 422, "valid choice"),
        ("discontinued", {}, 302, "discontinued"),
    ]
    for stage, changes, status, words in stages:
        answer = post(world, "clerk", "court_stage", case.pk, **{"stage": stage, "on": today, "reference": "Nc-e 2/26", **changes})
        case.refresh_from_db()
        assert answer.status_code == status and (words in says(answer) or words == case.stage), (stage, changes, says(answer)[-400:])
    assert post(world, "approver", "court_take_back", case.pk).status_code == 422
    assert post(world, "approver", "court_take_back", case.pk, reason="pomyłka").status_code == 302
    case.refresh_from_db()
    assert (case.stage, audited(world.ours.creditor)[-1]) == ("filed", "court_stage_taken_back")


def test_the_sheet_is_kept_and_the_file_for_the_portal_alone_names_a_person(world: World) -> None:
    item, pesel = owed(world), "44051401359"
    set_pesel(item.customer, pesel)
    Creditor.objects.filter(pk=world.ours.creditor.pk).update(tax_id="5260001246", street="Prosta 1", postcode="00-001", city="Warszawa")
    said = {"items": [item.pk], "path": "epu", "prepared_on": TODAY.isoformat(), "attempt": "wezwany do zapłaty"}
    post(world, "clerk", "court_prepare", item.customer_id, **said)
    case = CourtCase.objects.get(customer=item.customer)
    assert post(world, "viewer", "court_sheet", case.pk).status_code == 403
    made = post(world, "clerk", "court_sheet", case.pk)
    assert made.status_code == 302 and "kept" in says(made), says(made)
    assert Document.objects.filter(kind="claim_sheet", facts__court_case=case.pk).count() == 1
    assert post(world, "clerk", "court_xml", case.pk).status_code == 302  # off: the administrator has to switch it on
    assert not Entry.objects.filter(verb="read_pesel").exists()
    with override_settings(EPU_XML=True):
        made = post(world, "clerk", "court_xml", case.pk)
    assert made.status_code == 200, says(made)
    assert pesel in made.content.decode() and made["Cache-Control"] == "no-store"
    assert Entry.objects.get(verb="read_pesel").facts["why"] == f"EPU file of case {case.pk}"
    client = world.client("viewer")
    for name in ("court_case", "court_claim_export"):
        assert pesel not in client.get(reverse(f"dashboard:{name}", args=[case.pk])).content.decode()
    assert pesel not in str(Document.objects.get(kind="claim_sheet", facts__court_case=case.pk).facts)


def test_talks_begin_and_end_once_either_way(world: World) -> None:
    item, today = owed(world), TODAY.isoformat()
    said = {"items": [item.pk], "mediator": "Anna Rozjemca", "began_on": today}
    for changes in ({"items": []}, {"mediator": ""}, {"began_on": (TODAY + DAY).isoformat()}):
        assert post(world, "clerk", "mediation_begin", item.customer_id, **said | changes).status_code == 422, changes
    assert post(world, "clerk", "mediation_begin", item.customer_id, **said).status_code == 302
    assert post(world, "clerk", "mediation_begin", item.customer_id, **said).status_code == 422  # it is in one already
    talks = Mediation.objects.get(customer=item.customer)
    for on in (TODAY - DAY, TODAY + DAY):
        assert post(world, "clerk", "mediation_fail", talks.pk, on=on.isoformat()).status_code == 422
    rates = {"on": today, "count": "2", "first": (TODAY + 10 * DAY).isoformat(), "rates": ""}
    assert post(world, "approver", "mediation_settle", talks.pk, **{**rates, "count": "", "first": ""}).status_code == 422
    assert post(world, "approver", "mediation_settle", talks.pk, **rates).status_code == 302
    agreement = Agreement.objects.get(customer=item.customer)
    assert sum(rate.amount for rate in agreement.rates.all()) == Decimal("800.00")
    for name, role in (("mediation_settle", "approver"), ("mediation_fail", "clerk")):
        assert post(world, role, name, talks.pk, on=today).status_code == 404  # it has ended
    other = world.ours.court.talks
    assert post(world, "clerk", "mediation_fail", other.pk, on=today, note="bez ugody").status_code == 302
    other.refresh_from_db()
    assert other.outcome == "failed"


def test_a_sale_closes_the_debt_and_its_taking_back_opens_it(world: World) -> None:
    item, today = owed(world), TODAY.isoformat()
    said = {
        "items": [item.pk], "buyer": "Fundusz", "account": IBAN, "price": "300,00", "price_due_on": today, "sold_on": today,
        "compensation": "kept",
    }  # fmt: skip
    refusals: list[dict[str, Any]] = [
        {"items": []}, {"buyer": ""}, {"account": "PL00"}, {"price": "-1"}, {"price": "1,001"}, {"sold_on": (TODAY + DAY).isoformat()},
        {"sold_on": (TODAY - 91 * DAY).isoformat()}, {"compensation": "sold"},
    ]  # fmt: skip
    for changes in refusals:
        assert post(world, "approver", "debt_sell", item.customer_id, **said | changes).status_code == 422, changes
    assert not DebtSale.objects.filter(customer=item.customer).exists()
    assert post(world, "approver", "debt_sell", item.customer_id, **said).status_code == 302
    sale = DebtSale.objects.get(customer=item.customer)
    item.refresh_from_db()
    assert (sale.principal, sale.price, item.open_amount) == (Decimal("800.00"), Decimal("300.00"), 0)
    assert post(world, "approver", "debt_sell", item.customer_id, **said).status_code == 422  # nothing is open
    assert post(world, "approver", "debt_sale_take_back", sale.pk).status_code == 422
    for status in (302, 422):
        assert post(world, "approver", "debt_sale_take_back", sale.pk, reason="unieważniona").status_code == status
    item.refresh_from_db()
    assert (item.open_amount, audited(world.ours.creditor)[-1]) == (Decimal("800.00"), "debt_sale_taken_back")


def test_insured_debts_are_notified_by_clerks_under_terms_of_managers(world: World) -> None:
    insured, told = world.ours.court.insured, world.ours.court.notice
    terms = {"insurer": "Inny", "number": "P/9", "notify_days": "30", "percent": "85.5", "since": TODAY.isoformat()}
    for changes in ({"insurer": ""}, {"notify_days": "0"}, {"percent": "101"}, {"until": (TODAY - DAY).isoformat()}):
        assert post(world, "manager", "insurance_policy", **terms | changes).status_code == 422, changes
    assert post(world, "manager", "insurance_policy", **terms).status_code == 302
    assert InsurancePolicy.objects.get(number="P/9").percent == Decimal("85.50")
    for on in ("", (TODAY + DAY).isoformat(), (TODAY - 60 * DAY).isoformat()):
        assert post(world, "clerk", "insurance_notify", insured.pk, on=on).status_code == 422, on
    for status in (302, 422):
        assert post(world, "clerk", "insurance_notify", insured.pk, on=TODAY.isoformat(), reference="Z/1").status_code == status
    assert InsuranceNotice.objects.standing().get(item=insured).reference == "Z/1"
    assert post(world, "clerk", "insurance_take_back", told.pk).status_code == 422
    for status in (302, 422):
        assert post(world, "clerk", "insurance_take_back", told.pk, reason="pomyłka").status_code == status
    assert not InsuranceNotice.objects.standing().filter(item=told.item).exists()
    page = world.client("viewer").get(reverse("dashboard:insurance"), {"state": "notified"}).content.decode()
    assert insured.label in page and told.item.label not in page


def test_of_another_company_nothing_is_found(world: World) -> None:
    theirs = world.theirs.court.ids()
    for name in set(LOWEST) & set(theirs):
        assert post(world, "manager", name, theirs[name], on=TODAY.isoformat()).status_code == 404, name
    assert not Customer.objects.filter(pk=theirs["court_prepare"], creditor=world.ours.creditor).exists()

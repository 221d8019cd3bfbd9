"""The page of an agency's reports: a file taken whole or named record by record, a password shown once; and the best hand-over date."""

import re
from typing import Any

import paramiko
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dunning.models import Agency, AgencyDelivery, AgencyReportFile, PackageCall, Placement, SuccessRate
from invoices.models import Customer
from receivables.audit.models import Entry
from receivables.messaging.channels.agency_sftp import print_of
from tests.web.dashboard.world import TODAY, World


def placed(world: World) -> Placement:
    """The customer's debt is at the agency."""
    agency, customer = world.ours.mailed.agency, world.ours.customer
    return Placement.objects.create(
        creditor=world.ours.creditor, customer=customer, agency=agency, currency="PLN", state="sent", sent_on=TODAY, case_key="c" * 64
    )


def address(name: str, world: World) -> str:
    return reverse(f"dashboard:{name}", args=[world.ours.mailed.agency_id])


def post(world: World, name: str, role: str = "clerk", **said: Any) -> Any:
    return world.client(role).post(address(name, world), said, headers={"accept-language": "en"})


def test_a_file_is_taken_from_the_page(world: World) -> None:
    row = placed(world)
    file = SimpleUploadedFile("report.csv", f"case_id;status;agency_ref\n{row.case_key};received;A-1\n".encode())
    assert post(world, "agency_report_new", file=file).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.reference) == ("received", "A-1")
    assert "report.csv" in world.client("viewer").get(address("agency_reports", world)).content.decode()


def test_each_record_that_cannot_be_taken_is_named(world: World) -> None:
    row = placed(world)
    file = SimpleUploadedFile("report.csv", f"case_id;status\n{row.case_key};received\nnobody;received\n{row.case_key};paid\n".encode())
    before = AgencyReportFile.objects.count()
    answer = post(world, "agency_report_new", file=file)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 3, case_id: The agency has no case of ours with this number." in text and "Line 4, status:" in text
    row.refresh_from_db()
    assert (row.state, AgencyReportFile.objects.count()) == ("sent", before)


def test_a_record_by_hand_is_noted_once_however_often_its_form_is_sent(world: World) -> None:
    row = placed(world)
    said = {"case": row.pk, "status": "promise", "date": "2026-12-01", "amount": "50.00"}
    assert [post(world, "agency_record_new", **said).status_code for _ in range(2)] == [302, 302]
    assert row.events.filter(kind="promise").count() == 1
    assert post(world, "agency_record_new", **{**said, "case": 0}).status_code == 422
    assert post(world, "agency_record_new", **{**said, "date": ""}).status_code == 422


def test_money_is_booked_once_by_file_and_by_both_forms(world: World) -> None:
    row = placed(world)
    head, line = "case_id;status;amount;commission;currency;date;id", f"{row.case_key};paid_to_agency;30.00;3.00;PLN;{TODAY};E-7"
    typed = {"amount": "30.00", "on": TODAY.isoformat(), "reference": "E-7"}
    page = reverse("dashboard:placement_collect", args=[row.pk])

    def by_hand(**said: Any) -> Any:
        return world.client("clerk").post(page, {**typed, **said}, headers={"accept-language": "en"})

    assert by_hand().status_code == 302
    file = SimpleUploadedFile("report.csv", f"{head}\n{line}\n".encode())
    assert post(world, "agency_report_new", file=file).status_code == 302
    said = {"case": row.pk, "status": "paid_to_agency", "date": TODAY.isoformat(), "amount": "30.00"}
    assert post(world, "agency_record_new", **said, own_id="E-7").status_code == 302
    assert by_hand().status_code == 302
    # without the number it may be the same money, and with another sum under it, it is not
    assert [by_hand(reference="").status_code, by_hand(amount="31.00").status_code] == [422, 422]
    assert post(world, "agency_record_new", **said).status_code == 422
    assert [event.amount for event in row.events.filter(kind="collected")] == [30]
    assert [each.amount for each in row.commissions.all()] == [3]
    assert by_hand(reference="E-8").status_code == 302
    assert row.events.filter(kind="collected").count() == 2


def test_a_case_of_another_company_cannot_be_chosen(world: World) -> None:
    row = placed(world)
    Placement.objects.filter(pk=row.pk).update(agency=world.theirs.mailed.agency)
    assert post(world, "agency_record_new", case=row.pk, status="received").status_code == 422


def test_a_password_is_shown_once_and_kept_by_nobody(world: World) -> None:
    client, url = world.client("clerk"), reverse("dashboard:package_password", args=[world.ours.mailed.pk])
    first = client.post(url)
    assert "abcde-fghjk-mnpqr-stuvw" in first.content.decode() and first["Cache-Control"] == "no-store"
    assert client.post(url).status_code == 302
    assert PackageCall.objects.get(pk=world.ours.mailed.pk).password is None


def test_the_best_date_says_why_it_says_nothing(world: World) -> None:
    url = reverse("dashboard:customer_best_date", args=[world.ours.customer.pk])
    Agency.objects.filter(pk=world.ours.mailed.agency_id).update(is_active=True)
    SuccessRate.objects.create(agency=world.ours.mailed.agency, percent=50)
    text = world.client("viewer").get(url, headers={"accept-language": "en"}).content.decode()
    assert "Too few of your own items have ended" in text and "What is assumed" in text


def test_a_way_is_set_up_on_the_page_with_the_checks_of_the_admin(world: World) -> None:
    key = paramiko.RSAKey.generate(1024)
    said = {
        "way": "sftp", "sends": "on", "host": "sftp.example.com", "port": "22", "username": "acme", "folder": "in", "new_secret": "tajne-haslo",
        "host_key": f"{key.get_name()} {key.get_base64()} comment",
    }  # fmt: skip
    assert post(world, "agency_way", **said).status_code == 403
    for lacking, words in (("host_key", b"needs it before sending"), ("new_secret", b"needs it before sending"), ("port", b"required")):
        answer = post(world, "agency_way", "manager", **{**said, lacking: ""})
        assert answer.status_code == 422 and words in answer.content
    assert post(world, "agency_way", "manager", **{**said, "host_key": "ssh-rsa x"}).status_code == 422
    assert post(world, "agency_way", "manager", **said).status_code == 302
    setup, agency = AgencyDelivery.objects.get(agency=world.ours.mailed.agency_id), Agency.objects.get(pk=world.ours.mailed.agency_id)
    assert (agency.delivery, setup.sends, str(setup.secret), setup.host_key) == (
        "sftp", True, "tajne-haslo", f"{key.get_name()} {key.get_base64()}",
    )  # fmt: skip
    entry = Entry.objects.filter(verb="agency_way_set_up").latest("pk")
    assert entry.facts["secrets"] == ["new_secret"] and "tajne-haslo" not in str(entry.facts)
    pages = [world.client("manager").get(address(name, world)).content.decode() for name in ("agency_way", "agency_reports")]
    assert not any("tajne-haslo" in page for page in pages) and print_of(setup.host_key) in pages[1]
    moved = post(world, "agency_way", "manager", **{**said, "host": "elsewhere.example.com", "new_secret": ""})
    assert moved.status_code == 422 and b"never sent to another place" in moved.content
    assert post(world, "agency_way", "manager", **{**said, "folder": "out", "new_secret": ""}).status_code == 302


def test_the_connection_is_tried_by_a_manager_and_never_in_quarantine(world: World) -> None:
    Agency.objects.filter(pk=world.ours.mailed.agency_id).update(delivery="rest")
    AgencyDelivery.objects.filter(agency=world.ours.mailed.agency_id).update(url="https://agency.example.com", secret="k")
    assert post(world, "agency_way_try").status_code == 403
    answer = post(world, "agency_way_try", "manager")
    assert "In quarantine nothing is connected" in " ".join(map(str, get_messages(answer.wsgi_request)))


def test_the_page_of_an_agency_shows_when_to_hand_over_and_what_is_assumed(world: World) -> None:
    Agency.objects.filter(pk=world.ours.mailed.agency_id).update(is_active=True)
    text = world.client("viewer").get(address("agency", world)).content.decode()
    links = set(map(int, re.findall(r"/customers/([0-9]+)/best-date/", text)))
    assert links and links <= set(Customer.objects.filter(creditor=world.ours.creditor).values_list("pk", flat=True))
    assert "What is assumed" in text and "not a promise about this one" in text


def test_the_address_for_events_stands_on_the_page_of_managers(world: World) -> None:
    said = {
        "way": "rest",
        "url": "https://agency.example.com",
        "port": "22",
        "folder": ".",
        "new_secret": "k",
        "new_hook_secret": "c2VjcmV0",
    }
    assert post(world, "agency_way", "manager", **{**said, "new_hook_secret": "not base64!"}).status_code == 422
    assert post(world, "agency_way", "manager", **said).status_code == 302
    setup = AgencyDelivery.objects.get(agency=world.ours.mailed.agency_id)
    url = reverse("agencies:called", args=[setup.hook_key])
    assert len(setup.hook_key) > 30 and str(setup.hook_secret) == "c2VjcmV0"
    pages = {role: world.client(role).get(address("agency_reports", world)).content.decode() for role in ("manager", "clerk")}
    assert url in pages["manager"] and url not in pages["clerk"] and "c2VjcmV0" not in pages["manager"]
    assert post(world, "agency_way", "manager", **{**said, "new_secret": "", "new_hook_secret": ""}).status_code == 302
    setup.refresh_from_db()
    assert reverse("agencies:called", args=[setup.hook_key]) == url

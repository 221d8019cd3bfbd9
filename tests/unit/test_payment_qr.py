"""What the codes on a letter say. FORMATS.md section 5."""

from decimal import Decimal

import pytest

from receivables.documents.payment_qr import payment_payload, qr_image

PL = "PL24160000035175530643314956"
DE = "DE89370400440532013000"


def payload(**changes: object) -> str:
    values: dict[str, object] = {
        "account": PL, "name": "Testowy odbiorca", "tax_id": "521-43-49-636", "amount": Decimal("123.45"), "currency": "PLN", "title": "Tytuł płatności",
    }  # fmt: skip
    return payment_payload(**{**values, **changes})  # type: ignore[arg-type]


def test_the_example_of_the_bank_association() -> None:
    assert payload() == "5214349636|PL|24160000035175530643314956|012345|Testowy odbiorca|Tytuł płatności|||"


@pytest.mark.parametrize(
    ("amount", "field"),
    [("12.00", "001200"), ("0.01", "000001"), ("9999.99", "999999"), ("10000.00", "1000000"), ("1234567.89", "123456789")],
)
def test_the_amount_in_grosze_grows_above_six_digits(amount: str, field: str) -> None:
    assert payload(amount=Decimal(amount)).split("|")[3] == field


def test_fields_are_cut_and_hold_no_pipe() -> None:
    fields = payload(name="Firma | o bardzo długiej nazwie", title="FV/1|\r\n" + "x" * 60, tax_id="123").split("|")
    assert len(fields) == 9
    assert fields[0] == ""
    assert len(fields[4]) <= 20 and len(fields[5]) <= 32
    assert len(payload(name="Ż" * 100, title="Ż" * 100, amount=Decimal("99999999.99"))) <= 160


def test_euro_has_the_european_code() -> None:
    assert payload(account=DE, currency="EUR", amount=Decimal("12.30")).split("\n") == [
        "BCD", "002", "1", "SCT", "", "Testowy odbiorca", DE, "EUR12.30", "", "", "Tytuł płatności",
    ]  # fmt: skip
    assert len(payload(account=DE, currency="EUR", name="Ż" * 200, title="€" * 200).encode()) <= 331


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "USD"},
        {"account": ""},
        {"account": DE},  # złoty, but no Polish account
        {"amount": Decimal(0)},
        {"account": PL[:-1]},
    ],
)
def test_elsewhere_there_is_no_code(changes: dict[str, object]) -> None:
    assert payload(**changes) == ""


def test_the_picture_is_the_same_each_time() -> None:
    assert qr_image(payload()).startswith("data:image/png;base64,")
    assert qr_image(payload()) == qr_image(payload())

"""Replies by what they say: labelled as a person would sort them."""

from datetime import date
from decimal import Decimal

import pytest

from dunning.prefill import amount_in, day_in
from dunning.sorting import plain, sort_reply
from dunning.states import ReplyKind

SAID = {
    ReplyKind.PAID: [
        "Już zapłacone.", "już zapłacone, proszę sprawdzić", "Zapłaciłem wczoraj", "zaplacilem 12.03", "Faktura została opłacona w piątek.",
        "Przelew poszedł dziś rano.", "W załączniku potwierdzenie przelewu.", "Dokonaliśmy wpłaty 3 grudnia", "Wszystko uregulowane.",
        "Zapłaciliśmy, nic nie jesteśmy już dłużni", "Przelew został wykonany", "Należność została uregulowana w całości.",
        "Dzień dobry, kwotę 1 230,00 zł przelałem w poniedziałek.", "Opłacone.", "To już dawno zapłacone!",
        "We have paid.", "We've already paid this one", "Invoice was paid on Monday", "Payment has been sent this morning",
        "I paid yesterday", "Already paid, please check", "Please find attached the proof of payment", "The amount has been transferred.",
        "This has been settled last week.", "We have already paid the invoice in full.",
        "Wir haben die Rechnung bereits bezahlt.", "Ich habe gestern überwiesen", "ist schon bezahlt", "Die Zahlung ist erfolgt am 3.12.",
        "Der Betrag wurde am Montag überwiesen.", "haben wir letzte Woche ueberwiesen, wir haben das Geld ueberwiesen",
        "Rechnung ist längst beglichen, wir haben sie beglichen.",
    ],
    ReplyKind.PROMISE: [
        "Zapłacę jutro", "zaplace w piatek", "Ureguluję do końca miesiąca.", "Przelejemy w przyszłym tygodniu", "Faktura zostanie zapłacona 15.12.",
        "Jeszcze nie zapłaciłem, ale zrobię przelew w środę", "Nie zapłacę dziś, zapłacę jutro", "Postaramy się zapłacić do piątku.",
        "Płatność nastąpi 20 grudnia", "Zobowiązuję się zapłacić 500 zł do 10.12", "Zapłacę część teraz, resztę za tydzień.",
        "Będę mógł zapłacić dopiero po 10.", "Przelew będzie w poniedziałek", "nie zapłaciłem jeszcze. zapłacę pojutrze",
        "We will pay on Friday", "I'll pay tomorrow", "Not paid yet, but we will pay next week", "It will be paid in our next payment run",
        "Payment is scheduled for 12 December", "We're going to pay by the end of the month", "We plan to pay on the 15th",
        "I am on holiday until Monday but I will pay when I am back.", "We shall pay within 5 days.",
        "We have paid half and will pay the rest on Friday.", "Will transfer the money today",
        "Ich werde morgen zahlen", "Wir werden den Betrag bis Freitag überweisen.", "Die Rechnung wird nächste Woche bezahlt",
        "Wir zahlen am 15. Dezember", "Ich überweise morgen", "noch nicht bezahlt, ich werde am Montag überweisen",
        "Zahlung erfolgt mit dem nächsten Zahlungslauf",
    ],
    ReplyKind.DISPUTE: [
        "Nie zapłacę", "nie zaplace!", "Nie zapłacimy tej faktury, towar był uszkodzony", "Składam reklamację", "Kwota się nie zgadza z umową",
        "Faktura jest błędna, proszę o korektę", "Nie zamierzam płacić za coś, czego nie dostałem", "Nie otrzymaliśmy towaru.",
        "Nic nie zapłacimy", "Odmawiam zapłaty.", "Kwestionujemy tę należność", "Nie jestem nic winien, nie jestem winien ani grosza",
        "Zapłaciliśmy część, ale reszta jest sporna", "Usługa nie została wykonana", "nie uznaję tego długu",
        "We won't pay this", "We will not pay until the goods are replaced", "We dispute this invoice", "The amount is wrong",
        "We never received the goods", "I do not owe you anything", "We have paid the rest, but this invoice is incorrect.",
        "The delivery was damaged", "Please issue a credit note", "We owe you nothing.", "I refuse to pay.",
        "Wir werden nicht zahlen", "Die Rechnung ist falsch", "Ware beschädigt angekommen, wir beanstanden die Lieferung",
        "Ich habe die Ware nicht erhalten", "Wir widersprechen der Forderung", "Das zahle ich nicht",
    ],
    ReplyKind.INSTALMENTS: [
        "Czy możemy zapłacić w ratach?", "Proszę o rozłożenie na raty", "proszę o odroczenie terminu", "Prosimy o przedłużenie terminu płatności",
        "Proponujemy ugodę", "Nie mogę zapłacić całości, może trzy raty?", "chcę zapłacić w częściach",
        "Can we pay in instalments?", "We would like a payment plan", "Could you give us more time?", "Can you extend the deadline by two weeks?",
        "Können wir in Raten zahlen?", "Ich bitte um Stundung.", "Wir bitten um eine Ratenzahlung", "Bitte um Zahlungsaufschub",
    ],
    ReplyKind.WRONG_PERSON: [
        "To nie do mnie", "Zły adres e-mail", "Nie jestem adresatem, proszę usunąć mój adres", "Już nie pracuję w tej firmie", "To pomyłka",
        "Nie znam takiej firmy",
        "Wrong person", "You have the wrong number", "I no longer work there", "This has nothing to do with me", "Please remove me from your list",
        "Falsche Person", "Ich arbeite nicht mehr dort", "Ich habe damit nichts zu tun", "Sie haben die falsche Adresse",
    ],
    ReplyKind.ACKNOWLEDGEMENT: [
        "Potwierdzam saldo", "Uznajemy dług w całości", "Wiem, że zalegam", "Saldo się zgadza", "Nie kwestionujemy tej należności",
        "We acknowledge the debt", "We owe you 500 EUR, we know", "I confirm the balance", "We do not dispute the invoice",
        "Wir erkennen die Forderung an", "Wir schulden Ihnen den Betrag", "Ich bestätige den Saldo, ja, ich bestätige das Saldo",
    ],
    ReplyKind.AUTOMATIC: [
        "To jest automatyczna odpowiedź. Wracam 7 stycznia.", "Jestem poza biurem do piątku.", "Przebywam na urlopie do 5.01",
        "I am out of office until 5 January.", "This is an automatic reply", "Out of the office, limited access to email",
        "Ich bin im Urlaub bis 5.1.", "Abwesenheitsnotiz: ich bin nicht im Büro", "Dies ist eine automatisch erstellte Nachricht, automatisch erstellt",
    ],
    ReplyKind.OTHER: [
        "Nie zapłaciłem jeszcze.", "Jeszcze nie zapłacone.", "Not paid yet.", "We have not paid it yet", "We haven't paid because the account is closed",
        "Noch nicht bezahlt.", "Wir haben die Rechnung noch nicht bezahlt", "Proszę o kontakt telefoniczny", "Please call me", "Bitte rufen Sie mich an",
        "Czy zapłaciliśmy tę fakturę?", "Have we paid this one?", "Nie otrzymałem faktury, proszę przesłać", "We did not receive the invoice",
        "?", "", "ok", "Dziękuję", "Wir hätten längst bezahlt, wenn wir könnten", "We would have paid if we could",
        "Once we have been paid by our client you get the rest of the news", "Nie mogę zapłacić.", "We cannot pay.",
        "Wir können nicht zahlen",
    ],
}  # fmt: skip
TABLE = [pytest.param(text, kind, id=f"{kind}: {text[:60]}") for kind, texts in SAID.items() for text in texts]


def test_the_table_is_no_small_one():
    assert len(TABLE) >= 120


@pytest.mark.parametrize(("text", "kind"), TABLE)
def test_a_reply_is_sorted(text, kind):
    sorted_ = sort_reply("Re: Faktura FV/1", text)
    assert sorted_.kind == kind, sorted_
    assert all(" ".join(words.split()) in " ".join(text.split()) for words in sorted_.words)  # as they stand in the reply
    assert bool(sorted_.words) == (kind is not ReplyKind.OTHER)


def test_headers_come_before_words():
    assert sort_reply("", "We have paid.", automatic="Auto-Submitted: auto-replied").words == ("Auto-Submitted: auto-replied",)


def test_our_own_subject_says_nothing():
    assert sort_reply("Odp: Zapłata została odroczona, raty", "Dziękuję").kind is ReplyKind.OTHER


def test_a_subject_of_their_own_counts_where_the_text_says_nothing():
    assert sort_reply("Zapłacone", "w załączniku").kind is ReplyKind.PAID


def test_capitals_and_diacritics_do_not_matter():
    assert plain("ÜBERWIESEN Zapłacę Straße") == plain("ueberwiesen zaplace strasse")


def test_a_long_reply_is_sorted_by_its_beginning():
    assert sort_reply("", "słowo " * 50_000 + "zapłacone").kind is ReplyKind.OTHER


ON = date(2026, 11, 27)  # a Friday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("zapłacę jutro", date(2026, 11, 28)),
        ("Zapłacę dziś", ON),
        ("ich zahle übermorgen", date(2026, 11, 29)),
        ("zapłacę do 15.12.2026 r.", date(2026, 12, 15)),
        ("zapłacę 5.01", date(2027, 1, 5)),
        ("by 2026-12-10", date(2026, 12, 10)),
        ("w piątek", date(2026, 12, 4)),
        ("on Monday", date(2026, 11, 30)),
        ("am Mittwoch", date(2026, 12, 2)),
        ("do końca miesiąca", date(2026, 11, 30)),
        ("by the end of the month", date(2026, 11, 30)),
        ("15 grudnia", date(2026, 12, 15)),
        ("on 15th December", date(2026, 12, 15)),
        ("December 15", date(2026, 12, 15)),
        ("am 15. Dezember 2026", date(2026, 12, 15)),
        ("w ciągu 3 dni", date(2026, 11, 30)),
        ("within 2 weeks", date(2026, 12, 11)),
        ("za tydzień", date(2026, 12, 4)),
        ("next week", date(2026, 12, 4)),
        ("31.02.2027", None),
        ("99.99", None),
        ("zapłaciłem 1.10.2026", None),
        ("500,12 zł", None),
        ("niedługo", None),
    ],
)
def test_the_day_of_a_promise(text, day):
    assert day_in(text, on=ON) == day


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("zapłacę 1 234,56 zł jutro", (Decimal("1234.56"), "PLN")),
        ("zapłacę 500 PLN", (Decimal(500), "PLN")),
        ("ich zahle 1.234,56 €", (Decimal("1234.56"), "EUR")),
        ("we pay EUR 1,234.56", (Decimal("1234.56"), "EUR")),
        ("12.000 zł", (Decimal(12000), "PLN")),
        ("99,5 zł", (Decimal("99.5"), "PLN")),
        ("faktura 12/2026", None),
        ("do 15.12", None),
        ("0 zł", None),
    ],
)
def test_the_amount_of_a_promise(text, amount):
    assert amount_in(text) == amount

"""The words that papers share, by language: headings of tables, names of columns, the account box. Sentences stand in the templates."""

from collections.abc import Mapping

from receivables.documents.evidence_words import EVIDENCE_WORDS

LANGUAGES = ("pl", "en", "de")

_WORDS: dict[str, tuple[str, str, str]] = {
    # head and foot of a page
    "page": ("Strona", "Page", "Seite"),
    "of": ("z", "of", "von"),
    "id": ("NIP", "Tax no.", "Steuernr."),
    "phone": ("tel.", "Tel.", "Tel."),
    "number": ("nr", "No.", "Nr."),
    "customer_number": ("Numer klienta", "Customer number", "Kundennummer"),
    "your_id": ("NIP klienta", "Your tax number", "Ihre Steuernummer"),
    "reference": ("Sprawa", "Reference", "Zeichen"),
    "check": ("Sprawdź pismo, kod:", "Check this letter, code:", "Schreiben prüfen, Code:"),
    "check_code": ("Kod do sprawdzenia pisma", "Code to check this letter", "Code zur Prüfung dieses Schreibens"),
    "salutation": ("Szanowni Państwo,", "Dear Sir or Madam,", "Sehr geehrte Damen und Herren,"),
    "farewell": ("Z poważaniem", "Yours faithfully", "Mit freundlichen Grüßen"),
    # items
    "document": ("Dokument", "Document", "Beleg"),
    "issued": ("Data wystawienia", "Issued on", "Ausgestellt am"),
    "due": ("Termin płatności", "Due on", "Fällig am"),
    "late": ("Po terminie", "Late by", "Überfällig seit"),
    "amount_of_document": ("Kwota dokumentu", "Amount", "Betrag"),
    "to_pay": ("Do zapłaty", "To pay", "Offen"),
    "principal": ("Należność główna", "Principal", "Hauptforderung"),
    "interest": ("Odsetki za opóźnienie", "Late payment interest", "Verzugszinsen"),
    "compensation": (
        "Rekompensata za koszty odzyskiwania należności", "Compensation for recovery costs", "Pauschale für Beitreibungskosten",
    ),
    "fees": ("Opłaty", "Fees", "Gebühren"),
    "credit": ("Uwzględniona nadpłata", "Credit taken into account", "Angerechnetes Guthaben"),
    "total": ("Razem do zapłaty", "Total to pay", "Zu zahlen insgesamt"),
    "sum": ("Razem", "Total", "Summe"),
    "in_words": ("słownie:", "in words:", "in Worten:"),
    "disputed": (
        "kwota sporna, nieobjęta tym pismem:", "in dispute, not part of this letter:", "strittig, nicht Teil dieses Schreibens:",
    ),
    "disputed_demand": ("kwota sporna, nieobjęta wezwaniem:", "in dispute, not demanded here:", "strittig, hier nicht gefordert:"),
    # how claims were worked out
    "worked_out": (
        "Jak obliczono odsetki i pozostałe należności uboczne",
        "How interest and the other claims were worked out",
        "So wurden Zinsen und übrige Nebenforderungen berechnet",
    ),
    "claim": ("Należność", "Claim", "Forderung"),
    "period": ("Okres", "Period", "Zeitraum"),
    "days": ("Dni", "Days", "Tage"),
    "base": ("Kwota główna", "Principal", "Hauptbetrag"),
    "rate": ("Stopa", "Rate", "Zinssatz"),
    "amount": ("Kwota", "Amount", "Betrag"),
    "one_interest": ("Odsetki", "Interest", "Zinsen"),
    "one_compensation": ("Rekompensata", "Compensation", "Pauschale"),
    "one_fee": ("Opłata", "Fee", "Gebühr"),
    "of_amount": ("kwoty", "of", "von"),
    "settled": ("Już zapłacone lub umorzone", "Paid or waived already", "Bereits bezahlt oder erlassen"),
    "mid_rate": ("średni kurs euro NBP z dnia", "euro mid rate of the NBP of", "Euro-Mittelkurs der NBP vom"),
    "source": ("Źródło stopy:", "Source of the rate:", "Quelle des Zinssatzes:"),
    # account box
    "how_to_pay": ("Dane do przelewu", "How to pay", "Zahlungsangaben"),
    "payee": ("Odbiorca", "Payee", "Empfänger"),
    "account": ("Numer rachunku", "Account", "IBAN"),
    "bank": ("Bank", "Bank", "Bank"),
    "title_of_transfer": ("Tytuł przelewu", "Reference", "Verwendungszweck"),
    "code_for_bank": ("Kod do przelewu", "Code for your bank", "Code für Ihre Bank"),
    # balances and statements
    "day": ("Data", "Date", "Datum"),
    "debit": ("Obciążenie", "Charge", "Belastung"),
    "credited": ("Wpłata lub korekta", "Payment or credit", "Zahlung oder Gutschrift"),
    "balance": ("Saldo", "Balance", "Saldo"),
    "opening": ("Saldo początkowe", "Opening balance", "Anfangssaldo"),
    "closing": ("Saldo końcowe", "Closing balance", "Endsaldo"),
    "not_allocated": (
        "Nierozliczone wpłaty i korekty", "Payments and credit notes not allocated", "Nicht zugeordnete Zahlungen und Gutschriften",
    ),
    "paid_on": ("Zapłacono dnia", "Paid on", "Bezahlt am"),
    "unpaid": ("niezapłacone", "unpaid", "unbezahlt"),
    "line_invoice": ("Faktura", "Invoice", "Rechnung"),
    "line_credit_note": ("Korekta", "Credit note", "Gutschrift"),
    "line_payment": ("Wpłata", "Payment", "Zahlung"),
    "line_interest": ("Odsetki", "Interest", "Zinsen"),
    "line_compensation": ("Rekompensata", "Compensation", "Pauschale"),
    "line_fee": ("Opłata", "Fee", "Gebühr"),
    "line_written_off": ("Umorzenie", "Written off", "Ausbuchung"),
    "line_withdrawn": ("Wycofanie dokumentu", "Document withdrawn", "Beleg zurückgezogen"),
    "line_sold": ("Przelew wierzytelności (cesja)", "Debt sold", "Forderung abgetreten"),
    "line_discount": ("Skonto za wcześniejszą zapłatę", "Early-payment discount", "Skonto"),
    "line_small_difference": ("Drobna różnica na nasz koszt", "Small difference borne by us", "Von uns getragene Kleindifferenz"),
    "line_refund": ("Zwrot nadpłaty", "Credit given back", "Erstattung von Guthaben"),
    "line_exchanged": ("Rozliczenie w innej walucie", "Settled in another currency", "Verrechnung in anderer Währung"),
    "line_returned": ("Zwrot wpłaty", "Payment returned", "Rückzahlung"),
    "part_a": (
        "Odcinek A – dla odbiorcy pisma", "Part A – to be kept by the recipient", "Teil A – verbleibt beim Empfänger",
    ),
    "part_b": ("Odcinek B – do odesłania", "Part B – to be returned", "Teil B – zur Rücksendung"),
    # contracts
    "party_creditor": ("Wierzyciel", "Creditor", "Gläubiger"),
    "party_debtor": ("Dłużnik", "Debtor", "Schuldner"),
    "pesel_held": ("PESEL znany wierzycielowi", "PESEL known to the creditor", "PESEL dem Gläubiger bekannt"),
    "register_checked": ("sprawdzono w rejestrze", "checked in a register", "im Register geprüft"),
    "party_assignor": ("Cedent (zbywca)", "Assignor", "Zedent (Abtretender)"),
    "party_assignee": ("Cesjonariusz (nabywca)", "Assignee", "Zessionar (Abtretungsempfänger)"),
    "party_client": ("Zlecający", "Client", "Auftraggeber"),
    "party_agency": ("Zleceniobiorca", "Agency", "Auftragnehmer"),
    "represented_by": ("reprezentowany przez:", "represented by:", "vertreten durch:"),
    "signature": ("data i czytelny podpis", "date and signature", "Datum und Unterschrift"),
    # claims in court
    "claims": ("Roszczenia", "Claims", "Ansprüche"),
    "became_due": ("Wymagalne od", "Due since", "Fällig seit"),
    "evidence": ("Dowody", "Proofs", "Beweise"),
    "fact_shown": ("Stwierdzany fakt", "Fact shown", "Beweistatsache"),
    "until_payment": ("do dnia zapłaty", "until payment", "bis zur Zahlung"),
    "value_of_claim": ("Wartość przedmiotu sporu", "Value of the claim", "Streitwert"),
    "court_fee": ("Opłata sądowa w EPU", "Court fee in EPU", "Gerichtsgebühr im EPU"),
    "attempt": (
        "Próba pozasądowego rozwiązania sporu", "Attempt at an agreement out of court", "Versuch einer außergerichtlichen Einigung",
    ),
    "instalment": ("Rata", "Instalment", "Rate"),
    "yes": ("tak", "yes", "ja"),
    "no": ("nie", "no", "nein"),
    **EVIDENCE_WORDS,
}  # fmt: skip

TITLES: dict[str, tuple[str, str, str]] = {
    "reminder": ("Przypomnienie o płatności", "Payment reminder", "Zahlungserinnerung"),
    "overdue": ("Przypomnienie o płatności", "Payment reminder", "Zahlungserinnerung"),
    "demand": ("Wezwanie do zapłaty", "Demand for payment", "Mahnung"),
    "final_demand": (
        "Ostateczne przedsądowe wezwanie do zapłaty", "Final demand before court action", "Letzte außergerichtliche Mahnung",
    ),
    "register_warning": (
        "Wezwanie do zapłaty z zawiadomieniem o zamiarze przekazania danych do biura informacji gospodarczej",
        "Demand for payment with notice of the intention to pass data to a credit information bureau",
        "Mahnung mit Ankündigung der Datenweitergabe an eine Wirtschaftsauskunftei",
    ),
    "interest_note": ("Nota odsetkowa", "Interest note", "Zinsnote"),
    "compensation_note": (
        "Nota – rekompensata za koszty odzyskiwania należności", "Note of compensation for recovery costs",
        "Note über die Beitreibungspauschale",
    ),
    "balance_confirmation": ("Potwierdzenie salda", "Balance confirmation", "Saldenbestätigung"),
    "statement": ("Wyciąg z konta klienta", "Account statement", "Kontoauszug"),
    "agreement": (
        "Porozumienie ratalne z uznaniem długu", "Instalment agreement with acknowledgement of debt",
        "Ratenzahlungsvereinbarung mit Schuldanerkenntnis",
    ),
    "assignment": ("Umowa przelewu wierzytelności (cesji)", "Assignment of claims", "Abtretungsvertrag"),
    "assignment_notice": (
        "Zawiadomienie o przelewie wierzytelności", "Notice of assignment of claims", "Abtretungsanzeige",
    ),
    "agency_order": ("Zlecenie windykacji należności", "Order to collect claims", "Inkassoauftrag"),
    "evidence": ("Zestawienie dowodów", "Evidence pack", "Beweismappe"),
    "claim_sheet": ("Dane do pozwu", "Claim sheet", "Angaben für die Klage"),
    "payment_policy": ("Zasady płatności", "Payment policy", "Zahlungsbedingungen"),
    "withdrawal": ("Wycofanie pisma i przeprosiny", "Withdrawal of a letter, and an apology",
                   "Rücknahme eines Schreibens und Entschuldigung"),
}  # fmt: skip


def language_of(language: str) -> str:
    """The language in which a paper is written for somebody who reads `language`: English where there is none of his."""
    short = language.partition("-")[0]
    return short if short in LANGUAGES else "en"


def words(language: str) -> Mapping[str, str]:
    """All shared words in one of `LANGUAGES`."""
    at = LANGUAGES.index(language)
    return {key: texts[at] for key, texts in _WORDS.items()}


def title_of(kind: str, language: str) -> str:
    """What a paper of this kind is called on its head."""
    return TITLES[kind][LANGUAGES.index(language)]

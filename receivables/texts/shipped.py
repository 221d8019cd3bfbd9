"""The shipped words in the language of companies' own texts: where the editor begins. Pure.

They say what `templates/messages` and `templates/documents` say; a part that is not here begins empty.
"""
# ruff: noqa: E501 - a paragraph is a line

from collections.abc import Mapping

from receivables.texts.catalogue import MESSAGE, PAPER

_PORTAL_PL = """Saldo i faktury mogą Państwo sprawdzić w portalu klienta: {portal}
Kod do logowania wyślemy, gdy poproszą Państwo o niego na tej stronie."""
_PORTAL_EN = """You can check your balance and invoices in the customer portal: {portal}
We send a code to sign in when you ask for one on that page."""
_PORTAL_DE = """Ihren Kontostand und Ihre Rechnungen sehen Sie im Kundenportal: {portal}
Den Code zur Anmeldung senden wir, wenn Sie ihn auf dieser Seite anfordern."""

_SAID: Mapping[tuple[str, str, str], Mapping[str, str]] = {
    (MESSAGE, "reminder", "pl"): {
        "subject": "Przypomnienie w sprawie konta klienta – {company}",
        "sms": "{company}: mamy dla Państwa wiadomość w sprawie konta klienta. Szczegóły w portalu: {portal}",
        "body": f"""Szanowni Państwo,

przypominamy o zbliżającym się terminie płatności.

{{items}}

{{payment}}

{_PORTAL_PL}

Jeśli płatność jest już w drodze, dziękujemy. Prosimy wtedy nie odpowiadać na tę wiadomość.

Z poważaniem""",
    },
    (MESSAGE, "reminder", "en"): {
        "subject": "A reminder about your customer account – {company}",
        "sms": "{company}: we have a message about your customer account. Details in the portal: {portal}",
        "body": f"""Dear Sir or Madam,

a payment is due soon.

{{items}}

{{payment}}

{_PORTAL_EN}

If the payment is already on its way, thank you. There is no need to answer this message.

Yours faithfully""",
    },
    (MESSAGE, "reminder", "de"): {
        "subject": "Erinnerung zu Ihrem Kundenkonto – {company}",
        "sms": "{company}: Wir haben eine Nachricht zu Ihrem Kundenkonto. Einzelheiten im Portal: {portal}",
        "body": f"""Sehr geehrte Damen und Herren,

wir möchten Sie freundlich an eine bald fällige Zahlung erinnern.

{{items}}

{{payment}}

{_PORTAL_DE}

Wenn Sie bereits gezahlt haben, danken wir Ihnen. Bitte antworten Sie dann nicht auf diese Nachricht.

Mit freundlichen Grüßen""",
    },
    (MESSAGE, "overdue", "pl"): {
        "subject": "Prosimy o sprawdzenie konta klienta – {company}",
        "sms": "{company}: prosimy sprawdzić wiadomość w sprawie konta klienta. Szczegóły w portalu: {portal}",
        "body": f"""Szanowni Państwo,

na naszym rachunku nie widzimy jeszcze zapłaty, której termin już minął. Być może to przeoczenie, dlatego uprzejmie prosimy o sprawdzenie i zapłatę.

{{items}}

{{payment}}

{_PORTAL_PL}

Jeśli coś się nie zgadza albo potrzebują Państwo więcej czasu, prosimy o kontakt. Znajdziemy rozwiązanie.

Jeśli płatność jest już w drodze, dziękujemy i prosimy uznać tę wiadomość za nieaktualną.

Z poważaniem""",
    },
    (MESSAGE, "overdue", "en"): {
        "subject": "Please check your customer account – {company}",
        "sms": "{company}: please check the message about your customer account. Details in the portal: {portal}",
        "body": f"""Dear Sir or Madam,

a payment that was due has not reached our account yet. It may have been overlooked: please check and pay.

{{items}}

{{payment}}

{_PORTAL_EN}

If something is wrong or you need more time, please contact us. We will find a solution.

If the payment is already on its way, thank you; please disregard this message.

Yours faithfully""",
    },
    (MESSAGE, "overdue", "de"): {
        "subject": "Bitte prüfen Sie Ihr Kundenkonto – {company}",
        "sms": "{company}: Bitte sehen Sie die Nachricht zu Ihrem Kundenkonto an. Einzelheiten im Portal: {portal}",
        "body": f"""Sehr geehrte Damen und Herren,

eine fällige Zahlung ist bei uns noch nicht eingegangen. Vielleicht ist sie nur übersehen worden; bitte prüfen Sie dies und zahlen Sie.

{{items}}

{{payment}}

{_PORTAL_DE}

Wenn etwas nicht stimmt oder Sie mehr Zeit brauchen, melden Sie sich bitte. Wir finden eine Lösung.

Wenn Sie bereits gezahlt haben, danken wir Ihnen und bitten Sie, diese Nachricht als gegenstandslos zu betrachten.

Mit freundlichen Grüßen""",
    },
    (MESSAGE, "demand", "pl"): {
        "subject": "Pismo w sprawie konta klienta – {company}",
        "sms": "{company}: prosimy o pilny kontakt w sprawie konta klienta. Szczegóły w portalu: {portal}",
        "body": """Szanowni Państwo,

mimo upływu terminu nie otrzymaliśmy zapłaty. Wzywamy do zapłaty kwoty **{amount}** {pay_by}. Pełną treść zawiera wezwanie do zapłaty, które przesyłamy jako dokument PDF.

{items}

{payment}

Jeśli nie zgadzają się Państwo z tą należnością albo chcą rozłożyć ją na raty, prosimy o kontakt przed upływem terminu.
Szczegóły w portalu klienta: {portal}

Jeśli płatność została już zlecona, dziękujemy i prosimy uznać to wezwanie za nieaktualne.

Z poważaniem""",
    },
    (MESSAGE, "demand", "en"): {
        "subject": "A letter about your customer account – {company}",
        "sms": "{company}: please contact us soon about your customer account. Details in the portal: {portal}",
        "body": """Dear Sir or Madam,

the due date has passed and we have not received your payment. We call on you to pay **{amount}** {pay_by}. The demand for payment, attached as a PDF document, has the full text.

{items}

{payment}

If you do not agree with this claim or want to pay in instalments, please contact us before the deadline.
Details in the customer portal: {portal}

If the payment is already on its way, thank you; please disregard this demand.

Yours faithfully""",
    },
    (MESSAGE, "demand", "de"): {
        "subject": "Ein Schreiben zu Ihrem Kundenkonto – {company}",
        "sms": "{company}: Bitte melden Sie sich bald zu Ihrem Kundenkonto. Einzelheiten im Portal: {portal}",
        "body": """Sehr geehrte Damen und Herren,

trotz Ablaufs der Frist haben wir keine Zahlung erhalten. Wir fordern Sie auf, **{amount}** {pay_by} zu zahlen. Den vollen Wortlaut enthält die Mahnung, die wir als PDF beifügen.

{items}

{payment}

Wenn Sie mit der Forderung nicht einverstanden sind oder in Raten zahlen möchten, melden Sie sich bitte vor Ablauf der Frist.
Einzelheiten im Kundenportal: {portal}

Wenn Sie bereits gezahlt haben, danken wir Ihnen und bitten Sie, diese Mahnung als gegenstandslos zu betrachten.

Mit freundlichen Grüßen""",
    },
    (PAPER, "reminder", "pl"): {"opening": "przypominamy o zbliżającym się terminie płatności:"},
    (PAPER, "reminder", "en"): {"opening": "a payment is due soon:"},
    (PAPER, "reminder", "de"): {"opening": "wir möchten Sie freundlich an eine bald fällige Zahlung erinnern:"},
    (PAPER, "overdue", "pl"): {
        "opening": "na naszym rachunku nie widzimy jeszcze zapłaty, której termin już minął. Być może to przeoczenie, dlatego uprzejmie "
        "prosimy o sprawdzenie i zapłatę {pay_by}:",
    },
    (PAPER, "overdue", "en"): {
        "opening": "a payment that was due has not reached our account yet. It may have been overlooked: please check and pay {pay_by}:",
    },
    (PAPER, "overdue", "de"): {
        "opening": "eine fällige Zahlung ist bei uns noch nicht eingegangen. Vielleicht ist sie nur übersehen worden; bitte prüfen Sie dies "
        "und zahlen Sie {pay_by}:",
    },
}


def shipped_parts(place: str, kind: str, language: str) -> Mapping[str, str]:
    """What the editor begins with, by part."""
    return _SAID.get((place, kind, language), {})

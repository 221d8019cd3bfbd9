"""The shipped words in the language of companies' own texts: where the editor begins. Pure.

They say what `templates/messages` and `templates/documents` say; a part that is not here begins empty.
"""
# ruff: noqa: E501 - a paragraph is a line

from collections.abc import Mapping

from receivables.texts.catalogue import ANSWER, MESSAGE, PAPER

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


_ANSWERS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "pl": {
        "thanks": (
            "Dziękujemy – {company}",
            """dziękujemy, Państwa wpłata {sum} dotarła do nas {paid_on}. Rozlicza {documents}.

Nie trzeba robić nic więcej.""",
        ),
        "promise_noted": (
            "Potwierdzamy nasze ustalenia – {company}",
            """dziękujemy za informację o terminie wpłaty. Zanotowaliśmy kwotę {sum} do {promised_by}.

Do tego dnia nie będziemy o niej przypominać. Jeśli coś się zmieni, prosimy o wiadomość. Znajdziemy rozwiązanie.""",
        ),
        "agreement_begun": (
            "Nasza umowa – {company}",
            """dziękujemy za uzgodnienie płatności. Umowa {agreement} obowiązuje: {rates}.

Dopóki jest dotrzymywana, nie będziemy przypominać o fakturach, które obejmuje.""",
        ),
        "agreement_kept": (
            "Dziękujemy, umowa jest wykonana – {company}",
            """wszystkie wpłaty z umowy {agreement} do nas dotarły. Dziękujemy za jej dotrzymanie.""",
        ),
        "agreement_ended": (
            "Nasza umowa wygasła – {company}",
            """piszemy w sprawie umowy {agreement}. {decision}

Jeśli wpłata jest w drodze albo potrzebują Państwo innego rozwiązania, prosimy o kontakt.""",
        ),
        "dispute_received": (
            "Otrzymaliśmy Państwa zastrzeżenia – {company}",
            """otrzymaliśmy Państwa zastrzeżenia do {documents} i wyjaśnimy je. Dotyczą kwoty {sum}.

Do czasu wyjaśnienia nie trzeba płacić tej części i nie będziemy o niej przypominać. Termin zapłaty pozostałej kwoty się nie zmienia.""",
        ),
        "dispute_decided": (
            "Nasza decyzja w sprawie zastrzeżeń – {company}",
            """wyjaśniliśmy Państwa zastrzeżenia do {documents} na kwotę {sum}.

{decision}""",
        ),
        "complaint_received": (
            "Otrzymaliśmy Państwa reklamację – {company}",
            """otrzymaliśmy Państwa reklamację z dnia {received_on}. Odpowiemy najpóźniej do {answer_by}.

Do tego czasu nie będziemy przypominać o płatności, której dotyczy.""",
        ),
        "complaint_decided": (
            "Nasza odpowiedź na reklamację – {company}",
            """piszemy w sprawie Państwa reklamacji z dnia {received_on}. {decision}

{answer}

W razie pytań prosimy odpowiedzieć na tę wiadomość.""",
        ),
    },
    "en": {
        "thanks": (
            "Thank you – {company}",
            """thank you, your payment of {sum} arrived on {paid_on}. It settles {documents}.

There is nothing more to do.""",
        ),
        "promise_noted": (
            "We confirm what we agreed – {company}",
            """thank you for telling us when you will pay. We have noted {sum} by {promised_by}.

Until then you will get no reminders from us about it. If something changes, please let us know; we will find a solution.""",
        ),
        "agreement_begun": (
            "Our agreement – {company}",
            """thank you for agreeing on payments with us. The agreement {agreement} is in force: {rates}.

While you keep to it, you will get no reminders about the invoices it covers.""",
        ),
        "agreement_kept": (
            "Thank you: our agreement is completed – {company}",
            """all payments of the agreement {agreement} have arrived. Thank you for keeping to it.""",
        ),
        "agreement_ended": (
            "Our agreement has ended – {company}",
            """we write about the agreement {agreement}. {decision}

If the payment is on its way, or if you need another solution, please get in touch with us.""",
        ),
        "dispute_received": (
            "We have received your objection – {company}",
            """we have received your objection to {documents} and will look into it. It concerns {sum}.

Until we have decided, you need not pay this part, and we will not remind you of it. What is not in dispute is due as before.""",
        ),
        "dispute_decided": (
            "Our decision about your objection – {company}",
            """we have looked into your objection to {documents} over {sum}.

{decision}""",
        ),
        "complaint_received": (
            "We have received your complaint – {company}",
            """we have received your complaint of {received_on}. You will have our answer by {answer_by} at the latest.

Until then we will not remind you of what it concerns.""",
        ),
        "complaint_decided": (
            "Our answer to your complaint – {company}",
            """we write about your complaint of {received_on}. {decision}

{answer}

If you have questions, please answer this message.""",
        ),
    },
}
"""Language → answer → subject, and the words between salutation and farewell."""
_AROUND = {"pl": ("Szanowni Państwo,", "Z poważaniem"), "en": ("Dear Sir or Madam,", "Yours faithfully")}


def shipped_parts(place: str, kind: str, language: str) -> Mapping[str, str]:
    """What the editor begins with, by part."""
    if place == ANSWER:
        return _answer(kind, language)
    return _SAID.get((place, kind, language), {})


def _answer(kind: str, language: str) -> Mapping[str, str]:
    said = _ANSWERS.get(language, {}).get(kind)
    if said is None:
        return {}
    (subject, words), (salutation, farewell) = said, _AROUND[language]
    return {"subject": subject, "body": f"{salutation}\n\n{words}\n\n{farewell}"}

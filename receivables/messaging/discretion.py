"""What others may read over a shoulder: subject, preview and sender name tell neither debt nor amount. LAW.md A8, pure."""

import re

# Beginnings of words, by language. Polish and German inflect at the end, so a beginning finds all forms.
_WORDS = {
    "pl": "dług dłuż zadłuż należnoś zaległ wezwani wezwań wzyw zapłat zapłac zapłać płatnoś niezapłac nieopłac wpłat przetermin windyk"
    " odsetk wierzyc wierzyt egzeku komorni sądow przedsąd pozew pozw rata raty ratal upomn monit saldo",
    "en": "debt owe owed owes owing overdue arrear unpaid outstanding payment payable demand collection collector creditor interest"
    " instalment installment court bailiff enforce balance claim dunning",
    "de": "schuld mahn forderung zahlung zahlen bezahl überfällig fällig rückstand rückständ inkasso verzug zins gericht gläubig vollstreck"
    " saldo offene betrag",
}
_WHOLE = "po terminie|termin płatn|past due|due (?:date|soon|on)|is due|to pay|pay (?:now|by)"
_DEBT = re.compile(rf"\b(?:{'|'.join('|'.join(words.split()) for words in _WORDS.values())}|{_WHOLE})\w*", re.IGNORECASE)
_AMOUNT = re.compile(r"[€$£]|\b\d+[.,]\d{2}\b|\b(?:zł|złot\w*|gr|pln|eur|euro|usd|gbp|chf|czk)\b", re.IGNORECASE)


def told(text: str, *, apart_from: str = "") -> str:
    """The first word that tells of a debt or an amount; empty where none does. `apart_from`: a name that may say what it likes."""
    rest = text.replace(apart_from, " ") if apart_from else text
    found = _DEBT.search(rest) or _AMOUNT.search(rest)
    return found[0] if found else ""

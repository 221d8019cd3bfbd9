"""Polish words for amounts, as on cheques and demands: jeden tysiąc dwieście trzydzieści cztery złote 50/100. Pure."""

from decimal import Decimal

from receivables.core.money import decimals_of

_ONES = "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć".split()
_TEENS = "dziesięć jedenaście dwanaście trzynaście czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście".split()
_TENS = "_ _ dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt dziewięćdziesiąt".split()
_HUNDREDS = "_ sto dwieście trzysta czterysta pięćset sześćset siedemset osiemset dziewięćset".split()

Forms = tuple[str, str, str]  # one, two to four, five and more

_THOUSANDS: tuple[Forms, ...] = (
    ("tysiąc", "tysiące", "tysięcy"),
    ("milion", "miliony", "milionów"),
    ("miliard", "miliardy", "miliardów"),
    ("bilion", "biliony", "bilionów"),
)
_CURRENCIES: dict[str, Forms] = {
    "PLN": ("złoty", "złote", "złotych"),
    "EUR": ("euro", "euro", "euro"),
    "USD": ("dolar amerykański", "dolary amerykańskie", "dolarów amerykańskich"),
    "GBP": ("funt szterling", "funty szterlingi", "funtów szterlingów"),
    "CHF": ("frank szwajcarski", "franki szwajcarskie", "franków szwajcarskich"),
    "CZK": ("korona czeska", "korony czeskie", "koron czeskich"),
    "SEK": ("korona szwedzka", "korony szwedzkie", "koron szwedzkich"),
    "NOK": ("korona norweska", "korony norweskie", "koron norweskich"),
    "DKK": ("korona duńska", "korony duńskie", "koron duńskich"),
}
_FEMININE = frozenset({"CZK", "SEK", "NOK", "DKK"})


def amount_in_words(amount: Decimal, currency: str) -> str:
    """Whole units in words, the rest as a fraction. A currency without Polish forms here keeps its code. Raises ValueError below zero."""
    if amount < 0:
        raise ValueError("Only what is owed is written in words.")
    places = decimals_of(currency)
    whole = int(amount)
    words = number_in_words(whole, feminine=currency in _FEMININE)
    unit = counted(whole, _CURRENCIES[currency]) if currency in _CURRENCIES else currency
    if not places:
        return f"{words} {unit}"
    return f"{words} {unit} {int((amount - whole).scaleb(places)):0{places}}/{10**places}"


def number_in_words(number: int, *, feminine: bool = False) -> str:
    """A whole number from zero up to 999 bilionów (10^15 - 1), masculine unless asked otherwise (jedna, dwie)."""
    if not 0 <= number < 10**15:
        raise ValueError("Too large to be written in words.")
    words = _grouped(number) or ["zero"]
    if feminine:
        ends = {"jeden": "jedna" if number == 1 else "jeden", "dwa": "dwie"}
        words[-1] = ends.get(words[-1], words[-1])
    return " ".join(words)


def counted(number: int, forms: Forms) -> str:
    """The form of a noun after a number: 1 złoty, 2 złote, 5 złotych, 12 złotych, 22 złote."""
    if number == 1:
        return forms[0]
    return forms[1] if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else forms[2]


def _grouped(number: int) -> list[str]:
    words = _below_thousand(number % 1000)
    rest, rank = number // 1000, 0
    while rest:
        if group := rest % 1000:
            words = [*_below_thousand(group), counted(group, _THOUSANDS[rank]), *words]
        rest, rank = rest // 1000, rank + 1
    return words


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = [_HUNDREDS[hundreds]] if hundreds else []
    if 10 <= rest < 20:
        return [*words, _TEENS[rest - 10]]
    tens, ones = divmod(rest, 10)
    return words + ([_TENS[tens]] if tens else []) + ([_ONES[ones]] if ones else [])

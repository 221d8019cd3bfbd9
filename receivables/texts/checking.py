"""What stands against publishing a text: placeholders, words, length. Pure."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from receivables.core.sentences import Sentence, gettext_noop, sentence
from receivables.countries.papers import PaperRules, Permit
from receivables.countries.words import Debtor
from receivables.texts.catalogue import OFFERS as OFFERS_NAME
from receivables.texts.catalogue import Part, TextKind
from receivables.texts.language import Kind, Parsed, parse

# PKE art. 398 (Poland, since 10 November 2024): no commercial information without consent; a reminder is none as long as it offers nothing.
OFFERS = re.compile(
    r"\b(?:promocj|promocyjn|rabat|zniżk|kupon|wyprzedaż|gratis|bonus|voucher|special offer|discount|coupon|promo code|rabatt|gutschein"
    r"|sonderangebot)\w*|\bofert\w+ specjaln\w+|\bspecjaln\w+ ofert\w+",
    re.IGNORECASE,
)
# The same in what leaves by itself: ways to pay are offered on the portal, in letters and by people (LAW.md A9).
WAYS_TO_PAY = re.compile(
    r"\b(?:na raty|w ratach|w \w+ ratach|ratalne|ratalną|ratalnej|obniżk|upust|skonto|bonifikat|odrocz|in raten|ratenzahlung|stundung"
    r"|skonti|nachlass|in (?:\w+ )?instal?ments|instal?ment plan|payment plan|deferral|pay later)\w*"
    r"|\brozłoż\w+ (?:\w+ ){0,3}na (?:\w+ )?rat\w*",
    re.IGNORECASE,
)
WISHED = re.compile(r"\bchc\w+ (?:\w+ )?(?:rozłożyć|odroczyć|zapłacić)\b|\bwant to (?:pay|defer)\b|\b(?:zahlen|stunden) möchten\b", re.I)
_SENTENCE = re.compile(r"[^.!?\n]+")
PERMITS: Mapping[str, frozenset[Permit]] = {"register_warning": frozenset({Permit.REGISTER_OPEN})}
"""By kind the facts that are given whenever such a text goes out; all other words that need one are refused."""
LONGEST_FOOT, FOOT_LINES = 90, 2


@dataclass(frozen=True, slots=True)
class Wrong:
    """A fault in a part; a line of 0 means the part as a whole."""

    part: str
    says: Sentence
    line: int = 0
    column: int = 0


def parsed(part: Part, text: str) -> Parsed:
    """A part of a text as it is understood."""
    return parse(text, inline=part.inline, placed=part.placed)


def faults(kind: TextKind, texts: Mapping[str, str], *, rules: PaperRules) -> list[Wrong]:
    """All that is wrong with a text, in the order of its parts. A part that is empty is the program's and has no faults."""
    return [wrong for part in kind.parts if texts.get(part.key, "").strip() for wrong in _in_part(kind, part, texts[part.key], rules)]


def _in_part(kind: TextKind, part: Part, text: str, rules: PaperRules) -> Iterator[Wrong]:
    if len(text) > part.longest:
        yield Wrong(part.key, sentence(gettext_noop("It is longer than %(most)s signs. Make it shorter."), most=part.longest))
        return
    found = parsed(part, text)
    yield from (Wrong(part.key, fault.says, fault.line, fault.column) for fault in found.faults)
    if part.is_line and (len(found.blocks) > 1 or any(block.kind is not Kind.PARAGRAPH or len(block.lines) > 1 for block in found.blocks)):
        yield Wrong(part.key, sentence(gettext_noop("Write one line here, without headings and lists.")))
    for name in sorted(part.required - found.names):
        yield Wrong(
            part.key,
            sentence(gettext_noop("The placeholder {%(name)s} is missing. The text must have it."), name=name),
        )
    yield from _twice(part, found)
    if kind.is_mail:
        yield from _offered(part.key, text)
    yield from _words(part.key, text, rules, PERMITS.get(kind.key, frozenset()))


def _offered(part: str, text: str) -> Iterator[Wrong]:
    """A way to pay in an e-mail or SMS that leaves by itself, by its placeholder or in words."""
    braced = f"{{{OFFERS_NAME}}}"
    if braced in text:
        says = gettext_noop("No automatic e-mail or SMS offers a way to pay (art. 398 PKE). Offers stand on the portal and in letters.")
        yield Wrong(part, sentence(says), *_place(text, braced))
    if found := _first_offer(text):
        says = gettext_noop("“%(word)s” offers a way to pay. No automatic e-mail or SMS may (art. 398 PKE): say it in a letter.")
        yield Wrong(part, sentence(says, word=found.group()), *_place(text, found.group()))


def _first_offer(text: str) -> re.Match[str] | None:
    """The first words that offer a way to pay. Who is told to get in touch if they wish for one is offered nothing."""
    for said in _SENTENCE.findall(text):
        if not WISHED.search(said) and (found := WAYS_TO_PAY.search(said)):
            return found
    return None


def _twice(part: Part, found: Parsed) -> Iterator[Wrong]:
    placed = [block.name for block in found.blocks if block.kind is Kind.PLACED]
    for name in sorted({name for name in placed if placed.count(name) > 1}):
        yield Wrong(part.key, sentence(gettext_noop("{%(name)s} stands here twice. Keep one."), name=name))


def _words(part: str, text: str, rules: PaperRules, permits: Collection[Permit]) -> Iterator[Wrong]:
    said = dict.fromkeys(word.lower() for debtor in Debtor for _, word in rules.faults(text, debtor, permits=permits))
    for word in said:
        says = gettext_noop("No automatic message may say “%(word)s” (law and practice of UOKiK). Put it another way.")
        yield Wrong(part, sentence(says, word=word), *_place(text, word))
    if offer := OFFERS.search(text):
        says = gettext_noop("“%(word)s” sounds like an offer. Messages about a debt may not advertise (art. 398 PKE).")
        yield Wrong(part, sentence(says, word=offer.group()), *_place(text, offer.group()))


def _place(text: str, word: str) -> tuple[int, int]:
    at = max(text.lower().find(word.lower()), 0)
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def foot_faults(foot: str, *, rules: PaperRules) -> list[Wrong]:
    """What is wrong with the lines at the foot of the company's papers: plain words, two lines at most."""
    lines = foot.strip().splitlines()
    if len(lines) > FOOT_LINES or any(len(line) > LONGEST_FOOT for line in lines):
        return [Wrong("foot", sentence(gettext_noop("The foot has two lines of 90 signs at most.")))]
    wrong = [Wrong("foot", fault.says, fault.line, fault.column) for fault in parse(foot, inline=frozenset()).faults]
    return [*wrong, *_words("foot", foot, rules, frozenset())]

"""Segments: ordered rules that choose a policy by what is known of a customer and an invoice. Pure; see docs/segments.md.

Knowledge that is missing (no rating yet) fails every condition on it. Amounts are in the company's currency.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from receivables.core.errors import Refused

KINDS = ("business", "consumer", "public", "unknown")
SETS = ("kind", "country", "language", "tags", "source", "payment_method")
RANGES = ("balance", "relation_days", "rating", "late_invoices", "turnover", "purchases", "amount")
FLAGS = ("subscription", "insured")
FACTS = (*SETS, *RANGES, *FLAGS)
WHOLE = frozenset({"relation_days", "late_invoices", "purchases"})
ALWAYS_KNOWN = frozenset({"kind", "relation_days", "late_invoices", "purchases"})
HIGHEST = {"rating": Decimal(100)}
_MAX_SPLITS = 5000  # beyond that `never_applies` says nothing rather than keep a person waiting

Value = str | frozenset[str] | Decimal | int | bool | None


@dataclass(frozen=True, slots=True)
class CustomerProfile:
    """What is known of a customer on a day. `rating` is the share of invoices paid in time, 0 to 100; None: not known."""

    kind: str
    country: str | None = None
    language: str | None = None
    tags: frozenset[str] = frozenset()
    balance: Decimal | None = None
    relation_days: int = 0
    rating: Decimal | None = None
    late_invoices: int = 0
    turnover: Decimal | None = None
    purchases: int = 0
    insured: bool | None = None


@dataclass(frozen=True, slots=True)
class InvoiceProfile:
    """What is known of an invoice; all None where a customer is judged without one."""

    source: str | None = None
    amount: Decimal | None = None
    payment_method: str | None = None
    subscription: bool | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What the rules are judged on."""

    customer: CustomerProfile
    invoice: InvoiceProfile = InvoiceProfile()

    def fact(self, name: str) -> Value:
        """A fact by its name in `FACTS`; None where it is not known."""
        owner = self.invoice if name in InvoiceProfile.__slots__ else self.customer
        found: Value = getattr(owner, name)
        return found


@dataclass(frozen=True, slots=True)
class OneOf:
    """The fact is one of these words; of tags, the customer has at least one of them."""

    words: frozenset[str]

    def holds(self, value: Value) -> bool:
        """Whether a known value meets it."""
        return bool(self.words & value) if isinstance(value, frozenset) else value in self.words


@dataclass(frozen=True, slots=True)
class Between:
    """Both ends count; an end that is None is open."""

    at_least: Decimal | None = None
    at_most: Decimal | None = None

    def holds(self, value: Value) -> bool:
        """Whether a known value meets it."""
        if not isinstance(value, (Decimal, int)):
            return False
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


@dataclass(frozen=True, slots=True)
class Is:
    """The fact is known to be so."""

    wanted: bool

    def holds(self, value: Value) -> bool:
        """Whether a known value meets it."""
        return value is self.wanted


Condition = OneOf | Between | Is


@dataclass(frozen=True)
class Rule:
    """All conditions must hold. A rule without conditions applies to everybody."""

    name: str
    policy: int
    conditions: Mapping[str, Condition] = field(default_factory=dict)

    def applies(self, profile: Profile) -> bool:
        """Whether every condition is known to hold."""
        return all(self._holds(name, condition, profile) for name, condition in self.conditions.items())

    def _holds(self, name: str, condition: Condition, profile: Profile) -> bool:
        value = profile.fact(name)
        return value is not None and condition.holds(value)


@dataclass(frozen=True, slots=True)
class Complaint:
    """A rule that can never apply: `facts` contradict themselves, or the rules `shadowed_by` take all it could apply to."""

    rule: Rule
    facts: tuple[str, ...] = ()
    shadowed_by: tuple[Rule, ...] = ()


def choose(rules: Iterable[Rule], profile: Profile) -> Rule | None:
    """The first rule that applies; None where none does."""
    return next((rule for rule in rules if rule.applies(profile)), None)


def never_applies(rules: Sequence[Rule]) -> list[Complaint]:
    """The rules that no customer and no invoice can ever reach, in their order, with the reason."""
    space = _Space.of(rules)
    complaints = []
    for number, rule in enumerate(rules):
        if empty := space.contradictions(rule):
            complaints.append(Complaint(rule, facts=empty))
        elif covering := space.covering(rule, rules[:number]):
            complaints.append(Complaint(rule, shadowed_by=covering))
    return complaints


# -- conditions as plain values, as they are stored


def conditions_from(stored: Mapping[str, object]) -> dict[str, Condition]:
    """Conditions as written by `written_conditions`. Raises `Refused` naming the fact that cannot be."""
    return {name: _condition(name, stored[name]) for name in stored}


def written_conditions(conditions: Mapping[str, Condition]) -> dict[str, object]:
    """The same as lists, texts and flags, in the order of `FACTS`; reads back equal."""
    return {name: _written(conditions[name]) for name in FACTS if name in conditions}


def _condition(name: str, value: object) -> Condition:
    if name in SETS and isinstance(value, list) and value and all(isinstance(word, str) and word for word in value):
        _check_words(name, value)
        return OneOf(frozenset(value))
    if name in RANGES and isinstance(value, Mapping) and value and set(value) <= {"at_least", "at_most"}:
        return Between(**{end: _number(name, number) for end, number in value.items()})
    if name in FLAGS and isinstance(value, bool):
        return Is(value)
    if name not in FACTS:
        raise Refused(f"{name!r} is nothing a rule can ask. Allowed: {', '.join(FACTS)}.")
    raise Refused(
        f"{name}: {value!r} is no condition. Words stand in a list, numbers under at_least and at_most, the rest is true or false."
    )


def _check_words(name: str, words: Iterable[str]) -> None:
    if name == "kind" and (unknown := sorted(set(words) - set(KINDS))):
        raise Refused(f"kind: {unknown[0]!r} is no kind of customer. Allowed: {', '.join(KINDS)}.")


def _number(name: str, value: object) -> Decimal:
    number = Decimal(str(value)) if _is_number(str(value)) else None
    if number is None or not number.is_finite():
        raise Refused(f"{name}: {value!r} is no number.")
    if name in WHOLE and number != number.to_integral_value():
        raise Refused(f"{name}: {value!r} is no whole number.")
    return number


def _is_number(text: str) -> bool:
    whole, _dot, part = text.removeprefix("-").partition(".")
    return len(text) <= 30 and f"{whole}{part}".isascii() and whole.isdigit() and (not _dot or part.isdigit())


def _written(condition: Condition) -> object:
    if isinstance(condition, OneOf):
        return sorted(condition.words)
    if isinstance(condition, Is):
        return condition.wanted
    ends = {"at_least": condition.at_least, "at_most": condition.at_most}
    return {end: f"{number:f}" for end, number in ends.items() if number is not None}


# -- which rules leave nothing to others: every fact is cut into the finitely many cells that the rules can tell apart

Cell = str | bool | tuple[Decimal, Decimal | None] | None  # a word, a flag, a stretch of numbers (one number: both ends the same)
_OTHER = "\0other"  # any word that no rule names
_TAG = "tag:"
Box = Mapping[str, frozenset[Cell]]  # what is not named is unrestricted


@dataclass(frozen=True)
class _Space:
    """All that can be known, as cells by fact; each tag is a fact of its own."""

    cells: Mapping[str, frozenset[Cell]]

    @classmethod
    def of(cls, rules: Iterable[Rule]) -> "_Space":
        said: dict[str, list[Condition]] = {}
        for rule in rules:
            for name, condition in rule.conditions.items():
                said.setdefault(name, []).append(condition)
        return cls(dict(pair for name, conditions in said.items() for pair in _cells_of(name, conditions)))

    def contradictions(self, rule: Rule) -> tuple[str, ...]:
        """The facts of a rule that no value can meet."""
        return tuple(name for name, condition in rule.conditions.items() if name != "tags" and not self._met(name, condition))

    def covering(self, rule: Rule, earlier: Sequence[Rule]) -> tuple[Rule, ...]:
        """The earlier rules that together take all that this one could apply to: one alone where that is enough."""
        for one in earlier:
            if self._covered(rule, [one]):
                return (one,)
        if not self._covered(rule, earlier):
            return ()
        needed = list(earlier)
        for one in earlier:
            fewer = [other for other in needed if other is not one]
            needed = fewer if self._covered(rule, fewer) else needed
        return tuple(needed)

    def _covered(self, rule: Rule, by: Iterable[Rule]) -> bool:
        boxes = [box for one in by for box in self._boxes(one)]
        search = _Search(self.cells)
        return all(search.is_covered(box, boxes) for box in self._boxes(rule))

    def _boxes(self, rule: Rule) -> Iterator[Box]:
        """A rule as boxes: one for each tag that it would take, else one alone."""
        box = {name: self._met(name, condition) for name, condition in rule.conditions.items() if name != "tags"}
        tags = rule.conditions.get("tags")
        if tags is None:
            yield box
        elif isinstance(tags, OneOf):
            yield from ({**box, f"{_TAG}{word}": frozenset({True})} for word in sorted(tags.words))

    def _met(self, name: str, condition: Condition) -> frozenset[Cell]:
        return frozenset(cell for cell in self.cells[name] if cell is not None and _meets(cell, condition))


@dataclass
class _Search:
    """Whether boxes cover a box: what sticks out of the first that meets it is split off and asked of the others."""

    cells: Mapping[str, frozenset[Cell]]
    splits: int = 0

    def is_covered(self, box: Box, by: Sequence[Box]) -> bool:
        """False also where it would take too long to know."""
        if any(not cells for cells in box.values()):
            return True
        if not by or self.splits > _MAX_SPLITS:
            return False
        first, others = by[0], by[1:]
        return all(self.is_covered(rest, others) for rest in self._outside(box, first))

    def _outside(self, box: Box, taken: Box) -> Iterator[Box]:
        """What is left of a box beside another, in parts that do not meet."""
        left = dict(box)
        for name, cells in taken.items():
            mine = left.get(name, self.cells[name])
            self.splits += 1
            if beside := mine - cells:
                yield {**left, name: beside}
            left[name] = mine & cells
            if not left[name]:
                return


def _cells_of(name: str, conditions: Sequence[Condition]) -> Iterator[tuple[str, frozenset[Cell]]]:
    """A fact with the cells that these conditions tell apart; None is the cell of what is not known."""
    words = {word for condition in conditions if isinstance(condition, OneOf) for word in condition.words}
    unknown: frozenset[Cell] = frozenset() if name in ALWAYS_KNOWN else frozenset({None})
    if name == "tags":
        yield from ((f"{_TAG}{word}", frozenset({True, False})) for word in words)
    elif name == "kind":
        yield name, frozenset(KINDS)
    elif name in SETS:
        yield name, frozenset({*words, _OTHER}) | unknown
    elif name in FLAGS:
        yield name, frozenset({True, False}) | unknown
    else:
        yield name, frozenset(_stretches(name, [one for one in conditions if isinstance(one, Between)])) | unknown


def _stretches(name: str, conditions: Iterable[Between]) -> Iterator[Cell]:
    """Numbers from 0 on, cut at every end that is named: each end by itself, and what lies between two."""
    ends = {end for one in conditions for end in (one.at_least, one.at_most) if end is not None}
    top = HIGHEST.get(name)
    points = sorted({Decimal(0), *(end for end in ends if end > 0 and (top is None or end <= top)), *([top] if top is not None else [])})
    for low, high in zip(points, [*points[1:], None], strict=True):
        yield (low, low)
        if high is None and top is not None:
            continue
        if high is None or name not in WHOLE or high - low > 1:
            yield (low, high)


def _meets(cell: Cell, condition: Condition) -> bool:
    """Whether all of a cell meets the condition: cells are cut so that it is all or nothing."""
    if isinstance(condition, Between) and isinstance(cell, tuple):
        low, high = cell
        above = condition.at_least is None or low >= condition.at_least
        return above and (condition.at_most is None or (high is not None and high <= condition.at_most))
    return isinstance(cell, (str, bool)) and condition.holds(cell)

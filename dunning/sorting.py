"""What is a reply about? Rules over phrases, on this machine; a person sees which words decided, and may correct it. Pure.

`data/reply_phrases.csv` holds the phrases by kind and language. Where two overlap, the one with more words counts ("nie zapłacę" beats
"zapłacę", "nie zapłacę dziś" beats both); "none" are phrases that say nothing and only stand in the way of others ("not paid yet").
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from dunning.states import ReplyKind

GAP = ".."
LONGEST_GAP = 8  # words
MOST_WORDS = 1500  # of a reply that are judged
_PHRASES = Path(__file__).parent / "data" / "reply_phrases.csv"
_TOKEN = re.compile(r"[^\W_]+(?:['’`][^\W_]+)*|,")
_SENTENCE = re.compile(r"[.!?;:\n]+(?=\s|$)|\n")
_PLAIN = str.maketrans({"ł": "l", "ß": "ss", "'": "", "’": "", "`": ""})

ORDER = (
    ReplyKind.WRONG_PERSON,
    ReplyKind.DISPUTE,
    ReplyKind.INSTALMENTS,
    ReplyKind.PROMISE,
    ReplyKind.PAID,
    ReplyKind.ACKNOWLEDGEMENT,
)
"""Of several kinds in one reply the first counts: what holds longer comes before what holds for days."""
ADMITS = frozenset({ReplyKind.PROMISE, ReplyKind.INSTALMENTS, ReplyKind.ACKNOWLEDGEMENT})
"""Kinds that may admit the debt and so interrupt limitation (LAW.md, art. 123 KC); a person judges that."""
_NONE, _AUTOMATIC, _ABSENT = "none", "automatic", "absent"


@dataclass(frozen=True, slots=True)
class Sorted:
    """The kind, and the words that decided as they stand in the reply; none where no rule spoke."""

    kind: ReplyKind
    words: tuple[str, ...] = ()


class _Phrase(NamedTuple):
    kind: str
    words: tuple[str, ...]  # GAP is one of them; a star at the end of a word stands for any ending

    @property
    def weight(self) -> int:
        return sum(word != GAP for word in self.words)


class _Word(NamedTuple):
    plain: str
    start: int
    end: int


class _Found(NamedTuple):
    phrase: _Phrase
    places: tuple[int, ...]  # of its words in the sentence; those in a gap are not among them
    text: str

    @property
    def length(self) -> int:
        return self.places[-1] - self.places[0]


def sort_reply(subject: str, text: str, *, automatic: str = "") -> Sorted:
    """Sort a reply by what its headers (`automatic`), subject and words say. The same words give the same kind, always."""
    if automatic:
        return Sorted(ReplyKind.AUTOMATIC, (automatic,))
    in_subject, in_text = list(_found(subject)), list(_found(text))
    if programs := [found for found in (*in_subject, *in_text) if found.phrase.kind == _AUTOMATIC]:
        return Sorted(ReplyKind.AUTOMATIC, _words(programs))
    told = [found for found in in_text if found.phrase.kind not in (_NONE, _ABSENT)]
    told = (
        told or [] if any(found.phrase.kind == _ABSENT for found in (*in_subject, *in_text)) else told or _of_subject(in_subject, subject)
    )
    for kind in ORDER:
        if decided := [found for found in told if found.phrase.kind == kind]:
            return Sorted(kind, _words(decided))
    if absent := [found for found in (*in_subject, *in_text) if found.phrase.kind == _ABSENT]:
        return Sorted(ReplyKind.AUTOMATIC, _words(absent))
    return Sorted(ReplyKind.OTHER)


def _of_subject(found: Sequence[_Found], subject: str) -> list[_Found]:
    """What the subject says, unless it is that of our own message coming back."""
    is_ours = re.match(r"\s*(re|odp|aw|fwd?|pd|wg)\s*:", subject, re.IGNORECASE)
    return [] if is_ours else [each for each in found if each.phrase.kind not in (_NONE, _ABSENT)]


def plain(text: str) -> str:
    """Lower case without diacritics: "Zapłacę" and "zaplace", "überwiesen" and "ueberwiesen" are the same."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"([aou])e", r"\1", bare)


def _words(found: Sequence[_Found]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(each.text.split())[:100] for each in found))[:5]


def _found(text: str) -> Iterator[_Found]:
    """The phrases in a text, sentence by sentence. In a question nobody says that something was paid."""
    left, at = MOST_WORDS, 0
    for end in [*_SENTENCE.finditer(text), None]:
        stop = end.start() if end else len(text)
        words = [_Word(plain(token.group()), token.start(), token.end()) for token in _TOKEN.finditer(text, at, stop)][:left]
        left -= len(words)
        is_question = end is not None and "?" in end.group()
        yield from (each for each in _in_sentence(words, text) if not (is_question and each.phrase.kind == ReplyKind.PAID))
        at = end.end() if end else stop


def _in_sentence(words: Sequence[_Word], text: str) -> list[_Found]:
    """Phrases that do not overlap; the weightier first, and of equals what says nothing, then the graver kind."""
    candidates = [found for first in range(len(words)) for found in _at(words, first, text)]
    taken: list[_Found] = []
    used: set[int] = set()
    for found in sorted(candidates, key=lambda each: (-each.phrase.weight, _grave(each.phrase.kind), each.length, each.places)):
        if used.isdisjoint(found.places):
            taken.append(found)
            used.update(found.places)
    return sorted(taken, key=lambda each: each.places)


def _grave(kind: str) -> int:
    order = [_NONE, _AUTOMATIC, *map(str, ORDER), _ABSENT]
    return order.index(kind)


def _at(words: Sequence[_Word], first: int, text: str) -> Iterator[_Found]:
    exact, endings = _phrases()
    word = words[first].plain
    starting = [*exact.get(word, ()), *(phrase for start, phrases in endings.items() if word.startswith(start) for phrase in phrases)]
    for phrase in starting:
        if places := _matches(words, first, phrase.words):
            yield _Found(phrase, places, text[words[first].start : words[places[-1]].end])


def _matches(words: Sequence[_Word], at: int, phrase: Sequence[str]) -> tuple[int, ...]:
    """Where the words of a phrase that begins here stand; nowhere where it does not. A gap is filled with as few words as will do."""
    places: tuple[int, ...] = ()
    for place, wanted in enumerate(phrase):
        if wanted == GAP:
            rest, furthest = phrase[place + 1 :], min(at + LONGEST_GAP, len(words) - 1)
            behind = next((found for further in range(at, furthest + 1) if (found := _matches(words, further, rest))), ())
            return places + behind if behind else ()
        if at >= len(words) or not _is(words[at].plain, wanted):
            return ()
        places, at = (*places, at), at + 1
    return places


def _is(word: str, wanted: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


@lru_cache(maxsize=1)
def _phrases() -> tuple[dict[str, list[_Phrase]], dict[str, list[_Phrase]]]:
    """By first word, and by the beginning of the first word."""
    exact: dict[str, list[_Phrase]] = {}
    endings: dict[str, list[_Phrase]] = {}
    with _PHRASES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            words = tuple(word if word == GAP else plain(word) for word in row["phrase"].split())
            place = endings if words[0].endswith("*") else exact
            place.setdefault(words[0].rstrip("*"), []).append(_Phrase(row["kind"], words))
    return exact, endings

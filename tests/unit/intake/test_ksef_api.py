"""The client of KSeF against a server that answers as its API does."""

import pytest

from invoices.pulling.ksef_api import Ksef, KsefConfig
from invoices.pulling.protocol import CannotPull, Pulled
from tests.unit.intake.fake_ksef import HWM, TOKEN, FakeKsef, ksef_serving, number
from tests.unit.intake.files import SELLER_NIP, ksef

MARK = "2026-02-01T00:00:00+00:00"


def stored(*days: int) -> dict[str, tuple[str, bytes]]:
    return {number(day): (f"2026-02-{day:02d}T12:00:00+00:00", ksef(f"FV/{day}")) for day in days}


def pull(fake: FakeKsef, mark: str = MARK, *, known: tuple[str, ...] = (), token: str = TOKEN) -> Pulled:
    with ksef_serving(fake):
        client = Ksef(KsefConfig(fake.url, SELLER_NIP, token), wait=lambda seconds: None)
        return client.pull(mark, known=lambda keys: [key for key in keys if key in known])


def test_what_was_sold_since_the_mark():
    fake = FakeKsef(stored(3, 5, 25), waits=2)
    found = pull(fake, known=(number(5),))
    assert [(file.key, file.name) for file in found.files] == [(number(3), f"{number(3)}.xml")]
    assert found.files[0].data == ksef("FV/3")
    assert (found.mark, found.is_cut, found.known) == (HWM, False, 1)  # what is stored behind the high-water mark comes later
    assert fake.queries[0]["subjectType"] == "Subject1"
    assert fake.queries[0]["dateRange"]["restrictToPermanentStorageHwmDate"] is True
    assert fake.asked[-1] == "DELETE /auth/sessions/current"


def test_the_limits_end_a_pull_and_the_mark_stays_at_what_did_not_come():
    fake = FakeKsef(stored(3, 4, 5), allowed=1)
    found = pull(fake)
    assert [file.key for file in found.files] == [number(3)]
    assert (found.mark, found.is_cut, found.retry_after) == ("2026-02-04T12:00:00+00:00", True, 1800)


def test_pages():
    found = pull(FakeKsef(stored(*range(1, 10)), page=2))
    assert len(found.files) == 9 and not found.is_cut
    cut = pull(FakeKsef(stored(*range(1, 15)), page=2))
    assert (len(cut.files), cut.is_cut, cut.mark) == (10, True, "2026-02-10T12:00:00+00:00")


def test_three_months_at_once():
    assert pull(FakeKsef(), "2025-10-01T00:00:00+00:00").mark == "2025-12-30T00:00:00+00:00"


@pytest.mark.parametrize(
    ("fake", "token", "says"),
    [
        (FakeKsef(), "another", "refuses with 400 at /auth/ksef-token"),
        (FakeKsef(login_code=450), TOKEN, "does not accept the token: Token odwołany"),
        (FakeKsef(waits=99), TOKEN, "in time"),
        (FakeKsef(garbled="challenge"), TOKEN, "cannot be read"),
        (FakeKsef(garbled="certificates"), TOKEN, "cannot be read"),
        (FakeKsef(garbled="metadata"), TOKEN, "cannot be read"),
        (FakeKsef({"../../etc/passwd": ("2026-02-03T12:00:00+00:00", b"")}), TOKEN, "no KSeF number"),
    ],
)
def test_what_goes_wrong_is_a_sentence_without_the_token(fake, token, says):
    with pytest.raises(CannotPull, match=says) as refused:
        pull(fake, token=token)
    assert token not in str(refused.value)


def test_nobody_answers():
    client = Ksef(KsefConfig("http://127.0.0.1:9", SELLER_NIP, TOKEN))
    with pytest.raises(CannotPull, match="does not answer"):
        client.pull(MARK, known=lambda keys: ())
    assert TOKEN not in repr(KsefConfig("x", "y", TOKEN))

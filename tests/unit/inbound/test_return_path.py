"""The signed envelope sender: only ours fits, and only for its own message."""

import pytest

from receivables.messaging.inbound.return_path import Signed, fits, return_path_of, signed_in

BASE, KEY, SECRET = "bounces@firma.example", "k" * 64, "s3cret"


def test_it_comes_back_as_it_went_out():
    path = return_path_of(BASE, 123456789, KEY, secret=SECRET)
    signed = signed_in(["x@y.example", path.upper()], BASE)
    assert signed is not None and signed.message == 123456789 and fits(signed, KEY, secret=SECRET)


def test_its_local_part_has_room():
    assert len(return_path_of("windykacja-zwroty@firma.example", 10**15 - 1, KEY, secret=SECRET).partition("@")[0]) <= 64


@pytest.mark.parametrize(("key", "secret"), [("other", SECRET), (KEY, "other")], ids=["of another message", "with another secret"])
def test_another_signature_does_not_fit(key, secret):
    signed = signed_in([return_path_of(BASE, 1, KEY, secret=SECRET)], BASE)
    assert signed is not None and not fits(signed, key, secret=secret)


@pytest.mark.parametrize(
    "address",
    ["bounces@firma.example", "bounces+1@firma.example", "bounces+1.zz@firma.example", "bounces+1.0123456789abcdef@inna.example", "", "+@"],
)
def test_what_has_not_our_form_is_none_of_ours(address):
    assert signed_in([address], BASE) is None


def test_without_a_base_there_is_none():
    assert return_path_of("", 1, KEY, secret=SECRET) == "" and signed_in(["+1.0123456789abcdef@"], "") is None


def test_a_wrong_one_is_compared_whole():
    assert not fits(Signed(1, "0" * 16), KEY, secret=SECRET)

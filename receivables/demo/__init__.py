"""The demo: a year of a believable Polish web shop, the same on every machine. docs/demo.md tells its story.

This module is read by `dev.py up` before Django is set up: values only.
"""

from typing import NamedTuple

SEED = "wisla"
"""Everything that looks random is drawn from this: same seed and same first day, same books."""


PASSWORD = "wisla-demo"  # noqa: S105 - known to all; works on loopback in quarantine only


class DemoUser(NamedTuple):
    """Somebody who may log in. Without a role at a company: the administrator."""

    username: str
    password: str
    role: str
    may: str
    first_name: str
    last_name: str


USERS = (
    DemoUser("clerk", PASSWORD, "clerk", "clerk: payments, calls, disputes, holds; the shop only", "Katarzyna", "Zięba"),
    DemoUser("approver", PASSWORD, "approver", "approver: releases demands and hand-overs", "Łukasz", "Gąsior"),
    DemoUser("manager", PASSWORD, "manager", "manager: policies and company settings", "Małgorzata", "Śliwińska"),
    DemoUser("admin", PASSWORD, "", "administrator: everything, and the Django admin at /admin/", "Jerzy", "Żmuda"),
)

PORTAL_EMAIL = "anna@pracownia-zrodelko.example"
"""A customer's address to try the portal with."""

LOGINS = (
    *((user.username, user.password, user.may) for user in USERS),
    ("/portal/", PORTAL_EMAIL, "a customer's view; the code arrives in the mailbox"),
)
"""What `dev.py up` prints: user name, password, role; in the last line the portal and an e-mail address known there."""

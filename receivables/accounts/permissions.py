"""Who may do what at which creditor: one table, one question. Approving one's own work is judged in `approval.py`."""

from django.core.exceptions import PermissionDenied

from receivables.accounts.models import Creditor, Membership, Role, User

_RANK = {Role.VIEWER: 0, Role.CLERK: 1, Role.APPROVER: 2, Role.MANAGER: 3}
NEEDED = {
    "view": Role.VIEWER,
    "change_books": Role.CLERK,  # payments, disputes, contacts, imports
    "hold": Role.CLERK,
    "run": Role.CLERK,
    "approve": Role.APPROVER,
    "manage_policies": Role.MANAGER,
    "manage_company": Role.MANAGER,
    "halt_sending": Role.MANAGER,  # of the whole installation; see `lacking`
}


def may(user: User, deed: str, creditor: Creditor) -> bool:
    """Whether the user may do this deed (a key of `NEEDED`) at that creditor."""
    return deed in deeds_of(user, creditor)


def deeds_of(user: User, creditor: Creditor) -> frozenset[str]:
    """All that the user may do at that creditor. One query; none for a superuser."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(NEEDED)
    role = Membership.objects.filter(user=user, creditor=creditor).values_list("role", flat=True).first()
    return frozenset(deed for deed, needed in NEEDED.items() if role is not None and _RANK[Role(role)] >= _RANK[needed])


def require(user: User, deed: str, creditor: Creditor) -> None:
    """Raise `PermissionDenied` unless the user may do this deed there."""
    if not may(user, deed, creditor):
        raise PermissionDenied(f"{deed} at {creditor.slug}")


def lacking(user: User, deed: str) -> list[Creditor]:
    """The companies at which the user may not do this deed: none, where it concerns the whole installation and they may."""
    if user.is_superuser and user.is_active:
        return []
    roles = [role for role, rank in _RANK.items() if rank >= _RANK[NEEDED[deed]]]
    held = Membership.objects.filter(user=user, user__is_active=True, role__in=roles).values("creditor")
    return list(Creditor.objects.exclude(pk__in=held))

"""What may not be published: fees of consumers, fees without a basis, an agency or a register for consumers without a person."""

import pytest

from dunning.builtin import OFFERED, offered_policies
from dunning.lawful import refuse_unlawful, refuse_without_paper, what_is_unlawful
from receivables.core.errors import PolicyError

FEE = '  - {key: demand, after_due: 14, channel: [letter], fee: "10.00"}\n'
SHARE = '  - {key: demand, after_due: 14, channel: [letter], fee: "5%"}\n'
NO_FEE = '  - {key: demand, after_due: 14, channel: [letter], fee: "0.00"}\n'
AGENCY = "  - {key: handoff, after_due: 45, channel: [agency]}\n"
ALSO = "  - {key: handoff, after_due: 45, channel: [email], also: [agency]}\n"
REGISTER = "  - {key: register, after_due: 45, channel: [letter], document: register}\n"
WARNING = "  - {key: warning, after_due: 45, channel: [letter], document: register_notice}\n"
BASIS = 'fee_basis: "§ 7 of the contract"\n'


def text(steps: str, audience: str = "", more: str = "") -> str:
    return f"name: P\n{f'audience: [{audience}]' if audience else 'currency: PLN'}\n{more}steps:\n{steps}"


def approved(step: str) -> str:
    return step.replace("}", ", approval: true}")


@pytest.mark.parametrize(
    ("steps", "audience", "more", "says"),
    [
        (FEE, "", "", "line 4: steps[1].fee may not be asked of consumers"),
        (FEE, "", BASIS, "line 5: steps[1].fee may not be asked of consumers"),
        (SHARE, "business, consumer", BASIS, "line 5: steps[1].fee may not be asked of consumers"),
        (FEE, "business", "", "line 4: steps[1].fee has no basis. Allowed: no fee, or fee_basis"),
        (FEE, "public", "", "line 4: steps[1].fee has no basis"),
        (AGENCY, "", "", "line 4: steps[1].approval is missing: the step hands over to an agency"),
        (ALSO, "consumer", "", "line 4: steps[1].approval is missing: the step hands over to an agency"),
        (REGISTER, "", "", "line 4: steps[1].approval is missing: the step speaks of a register of debtors"),
        (WARNING, "public, consumer", "", "Allowed: approval: true, or audience: [business, public]."),
    ],
)
def test_what_is_refused_names_line_key_and_what_is_allowed(steps: str, audience: str, more: str, says: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        refuse_unlawful(text(steps, audience, more))
    assert says in str(refusal.value) and str(refusal.value).startswith("line ")


@pytest.mark.parametrize(
    ("steps", "audience", "more"),
    [
        (FEE, "business, public", BASIS),
        (SHARE, "business", BASIS),
        (NO_FEE, "", ""),
        (AGENCY, "business, public", ""),
        (approved(AGENCY), "", ""),
        (approved(REGISTER), "consumer", ""),
    ],
)
def test_what_is_lawful_passes(steps: str, audience: str, more: str) -> None:
    refuse_unlawful(text(steps, audience, more))


def test_all_that_is_wrong_is_told_at_once() -> None:
    assert len(what_is_unlawful(text(FEE + AGENCY))) == 2


@pytest.mark.parametrize("key", OFFERED["PL"])
def test_the_policies_that_come_with_the_program_pass(key: str) -> None:
    assert what_is_unlawful(offered_policies("PL")[key]) == []


@pytest.mark.parametrize("document", ["demand", "final_demand", "register_notice", "register_warning", "reminder"])
def test_a_step_may_attach_what_has_a_letter(document: str) -> None:
    refuse_without_paper(text(WARNING.replace("register_notice", document)))


@pytest.mark.parametrize("document", ["register", "wezwanie", "agreement"])
def test_a_step_without_a_letter_is_refused_with_line_and_what_is_allowed(document: str) -> None:
    with pytest.raises(PolicyError, match=rf"line 4: steps\[1\].document has no letter: '{document}'. Allowed: demand, final_demand"):
        refuse_without_paper(text(WARNING.replace("register_notice", document)))


def test_a_consumer_is_never_warned_of_a_register_by_mail() -> None:
    by_mail = WARNING.replace("[letter]", "[letter, email]")
    with pytest.raises(PolicyError, match="goes by e-mail, and this policy may meet consumers"):
        refuse_unlawful(text(approved(by_mail)))
    refuse_unlawful(text(approved(by_mail), "business"))

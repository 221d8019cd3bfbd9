"""From the settings to the registers' own configs: the only place that knows both. What has no address is off."""

from django.conf import settings

from receivables.credit.registers.protocol import REGISTERS
from receivables.credit.registers.regon import Regon, RegonConfig
from receivables.credit.registers.vies import Vies, ViesConfig
from receivables.credit.registers.white_list import WhiteList, WhiteListConfig

WHITE_LIST, VIES, REGON = "white_list", "vies", "regon"


def register_registers() -> None:
    """Those that the operator has configured."""
    if settings.WHITE_LIST_URL:
        REGISTERS.register(WHITE_LIST, WhiteList(WhiteListConfig(settings.WHITE_LIST_URL)))
    if settings.VIES_URL:
        REGISTERS.register(VIES, Vies(ViesConfig(settings.VIES_URL, settings.VIES_REQUESTER)))
    if settings.REGON_URL:
        REGISTERS.register(REGON, Regon(RegonConfig(settings.REGON_URL, settings.REGON_KEY)))

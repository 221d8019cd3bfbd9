"""Who a mail may come from: somebody who can be answered. Pure; also for settings."""

import re
import unicodedata

_MUTE = re.compile(
    r"noreply|noreplay|donotreply|dontreply|noresponse|noanswer|unmonitored|mailerdaemon"
    r"|nieodpowiad|nieodpisuj|brakodpowiedzi|bezodpowiedzi|odpowiedziniesaczytane"
    r"|keineantwort|nichtantworten|ohneantwort|bittenicht"
)
PUBLIC_PROVIDERS = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com icloud.com proton.me gmx.com gmx.de web.de"
    " wp.pl o2.pl onet.pl op.pl poczta.onet.pl interia.pl interia.eu gazeta.pl tlen.pl int.pl poczta.fm vp.pl onet.eu autograf.pl".split()
)
"""Mailboxes anybody can have: their DMARC lets only their own servers send in their name."""

# Public suffixes of two parts under which firms have names, as far as our customers do. A domain under one that is missing here counts as
# a wider organisation than it is, so alignment is judged too kindly there, never too strictly.
_SUFFIXES = frozenset(
    "com.pl net.pl org.pl edu.pl gov.pl info.pl biz.pl waw.pl krakow.pl wroclaw.pl poznan.pl gdansk.pl lodz.pl katowice.pl szczecin.pl"
    " lublin.pl bydgoszcz.pl torun.pl bialystok.pl rzeszow.pl opole.pl kielce.pl olsztyn.pl gdynia.pl sopot.pl czest.pl bielsko.pl"
    " slask.pl malopolska.pl mazowsze.pl pomorze.pl podhale.pl zgora.pl gorzow.pl radom.pl tychy.pl gliwice.pl sos.pl shop.pl sklep.pl"
    " media.pl auto.pl agro.pl atm.pl mail.pl priv.pl nieruchomosci.pl turystyka.pl co.uk org.uk ltd.uk plc.uk me.uk co.at or.at"
    " com.au net.au co.nz co.za com.br com.tr com.ua co.il com.cn co.jp co.in com.mx com.es com.pt com.ro com.gr".split()
)


def domain_of(address: str) -> str:
    """What stands behind the last @, in lower case and ASCII (IDNA); empty where there is none."""
    _, mark, domain = address.strip().strip("<>").rpartition("@")
    try:
        return domain.rstrip(".").encode("idna").decode().lower() if mark else ""
    except UnicodeError:
        return ""


def organisation_of(domain: str) -> str:
    """The domain a firm registered: the last label, or the known public suffix of two, with one label before it."""
    labels = domain.lower().rstrip(".").split(".")
    kept = 3 if ".".join(labels[-2:]) in _SUFFIXES else 2
    return ".".join(labels[-kept:])


def takes_no_answer(words: str) -> bool:
    """Whether an address or a name tells people not to answer: noreply, no-reply, do.not.reply, nie-odpowiadaj …"""
    plain = unicodedata.normalize("NFKD", words.rpartition("@")[0] or words).casefold()
    return bool(_MUTE.search("".join(sign for sign in plain.replace("ł", "l") if sign.isalpha() and sign.isascii())))

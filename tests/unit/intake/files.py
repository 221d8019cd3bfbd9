"""Invoices as files, written for the tests. Ours; nothing is taken from the shared samples."""

import io
import zipfile
from collections.abc import Mapping

NAMESPACE = "http://crd.gov.pl/wzor/2025/06/25/13775/"
SELLER_NIP, BUYER_NIP = "5265877635", "1234563218"
ACCOUNT = "61109010140000071219812874"


def ksef(
    number: str = "FV/1", *, total: str = "1230.00", net: str = "1000.00", tax: str = "230.00", kind: str = "VAT", issued: str = "2026-02-15",
    buyer: str | None = None, seller: str = SELLER_NIP, payment: str | None = None, inside: str = "", after_parties: str = "",
    corrects: str = "", currency: str = "PLN", lines: bool = True,
) -> bytes:  # fmt: skip
    """An FA(3) invoice that its schema allows."""
    buyer = buyer or party(BUYER_NIP)
    payment = transfer() if payment is None else payment
    line = f"<FaWiersz><NrWierszaFa>1</NrWierszaFa><P_7>usługa</P_7><P_8A>szt.</P_8A><P_8B>1</P_8B><P_9A>{net}</P_9A><P_11>{net}</P_11><P_12>23</P_12></FaWiersz>"
    corrected = "".join(
        f"<DaneFaKorygowanej><DataWystFaKorygowanej>2026-01-15</DataWystFaKorygowanej><NrFaKorygowanej>{one}</NrFaKorygowanej>"
        "<NrKSeFN>1</NrKSeFN></DaneFaKorygowanej>"
        for one in corrects.split()
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Faktura xmlns="{NAMESPACE}"><Naglowek><KodFormularza kodSystemowy="FA (3)" wersjaSchemy="1-0E">FA</KodFormularza>
<WariantFormularza>3</WariantFormularza><DataWytworzeniaFa>2026-02-15T00:00:00Z</DataWytworzeniaFa></Naglowek>
<Podmiot1><DaneIdentyfikacyjne><NIP>{seller}</NIP><Nazwa>Nasza sp. z o.o.</Nazwa></DaneIdentyfikacyjne>
<Adres><KodKraju>PL</KodKraju><AdresL1>ul. Prosta 1</AdresL1><AdresL2>00-001 Warszawa</AdresL2></Adres></Podmiot1>
{buyer}{after_parties}
<Fa><KodWaluty>{currency}</KodWaluty><P_1>{issued}</P_1><P_2>{number}</P_2><P_6>{issued}</P_6><P_13_1>{net}</P_13_1><P_14_1>{tax}</P_14_1><P_15>{total}</P_15>
<Adnotacje><P_16>2</P_16><P_17>2</P_17><P_18>2</P_18><P_18A>2</P_18A><Zwolnienie><P_19N>1</P_19N></Zwolnienie>
<NoweSrodkiTransportu><P_22N>1</P_22N></NoweSrodkiTransportu><P_23>2</P_23><PMarzy><P_PMarzyN>1</P_PMarzyN></PMarzy></Adnotacje>
<RodzajFaktury>{kind}</RodzajFaktury>{corrected}{line if lines else ""}{inside}{f"<Platnosc>{payment}</Platnosc>" if payment else ""}</Fa></Faktura>""".encode()


def party(
    nip: str,
    name: str = "Klient sp. j.",
    *,
    contact: str = "biuro@example.com",
    identity: str = "",
    number: str = "",
    jst: str = "2",
    street: str = "ul. Krzywa 2",
) -> str:
    """The buyer; `identity` replaces its NIP."""
    reached = f"<DaneKontaktowe><Email>{contact}</Email></DaneKontaktowe>" if contact else ""
    known = f"<NrKlienta>{number}</NrKlienta>" if number else ""
    return (
        f"<Podmiot2><DaneIdentyfikacyjne>{identity or f'<NIP>{nip}</NIP>'}<Nazwa>{name}</Nazwa></DaneIdentyfikacyjne><Adres><KodKraju>PL</KodKraju>"
        f"<AdresL1>{street}</AdresL1><AdresL2>00-002 Kraków</AdresL2></Adres>{reached}{known}<JST>{jst}</JST><GV>2</GV></Podmiot2>"
    )


def transfer(*due: str, paid: str = "", account: str = ACCOUNT, words: str = "", factor: str = "", method: str = "6") -> str:
    """How it is to be paid; `paid` stands before the terms, as the schema wants it."""
    terms = "".join(f"<TerminPlatnosci><Termin>{day}</Termin></TerminPlatnosci>" for day in due or (() if words else ("2026-03-15",)))
    terms += f"<TerminPlatnosci><TerminOpis>{words}</TerminOpis></TerminPlatnosci>" if words else ""
    ours = f"<RachunekBankowy><NrRB>{account}</NrRB></RachunekBankowy>" if account else ""
    theirs = f"<RachunekBankowyFaktora><NrRB>{factor}</NrRB></RachunekBankowyFaktora>" if factor else ""
    return f"{paid}{terms}<FormaPlatnosci>{method}</FormaPlatnosci>{ours}{theirs}"


def part_paid(amount: str, on: str, *, marker: str = "1") -> str:
    """One payment in part."""
    return (
        f"<ZnacznikZaplatyCzesciowej>{marker}</ZnacznikZaplatyCzesciowej><ZaplataCzesciowa><KwotaZaplatyCzesciowej>{amount}</KwotaZaplatyCzesciowej>"
        f"<DataZaplatyCzesciowej>{on}</DataZaplatyCzesciowej></ZaplataCzesciowa>"
    )


PAID_IN_FULL = "<Zaplacono>1</Zaplacono><DataZaplaty>2026-02-15</DataZaplaty>"
FACTOR = (
    "<Podmiot3><DaneIdentyfikacyjne><NIP>2222222222</NIP><Nazwa>Faktor SA</Nazwa></DaneIdentyfikacyjne>"
    "<Adres><KodKraju>PL</KodKraju><AdresL1>ul. Bankowa 1</AdresL1></Adres><Rola>1</Rola></Podmiot3>"
)
FIRST_30_DAYS = "<Ilosc>30</Ilosc><Jednostka>Dzień</Jednostka><ZdarzeniePoczatkowe>Otrzymanie faktury</ZdarzeniePoczatkowe>"


def ubl(
    number: str = "U-1", *, payable: str = "119.00", total: str = "119.00", prepaid: str = "", due: str = "2026-03-15", root: str = "Invoice",
    code: str = "380", corrects: str = "", inside: str = "", tax_id: str = "DE111111125", buyer_tax_id: str = "DE 282 741 168",
) -> bytes:  # fmt: skip
    """A UBL 2.1 document with what the reader wants."""
    cac, cbc = (
        "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
        "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    )
    reference = f"<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>{corrects}</cbc:ID></cac:InvoiceDocumentReference></cac:BillingReference>"
    return f"""<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2" xmlns:cac="{cac}" xmlns:cbc="{cbc}">
<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-02-15</cbc:IssueDate>{f"<cbc:DueDate>{due}</cbc:DueDate>" if due else ""}
<cbc:{root}TypeCode>{code}</cbc:{root}TypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>{reference if corrects else ""}
<cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Seller GmbH</cbc:Name></cac:PartyName><cac:PartyTaxScheme><cbc:CompanyID>{tax_id}</cbc:CompanyID>
<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyName><cbc:Name>Buyer AG</cbc:Name></cac:PartyName><cac:PostalAddress><cac:Country>
<cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress><cac:PartyTaxScheme><cbc:CompanyID>{buyer_tax_id}</cbc:CompanyID>
<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme><cac:Contact><cbc:ElectronicMail>ap@example.com</cbc:ElectronicMail></cac:Contact>
</cac:Party></cac:AccountingCustomerParty><cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode><cac:PayeeFinancialAccount>
<cbc:ID>DE89 3704 0044 0532 0130 00</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>{inside}
<cac:LegalMonetaryTotal><cbc:TaxInclusiveAmount currencyID="EUR">{total}</cbc:TaxInclusiveAmount>
{f'<cbc:PrepaidAmount currencyID="EUR">{prepaid}</cbc:PrepaidAmount>' if prepaid else ""}
<cbc:PayableAmount currencyID="EUR">{payable}</cbc:PayableAmount></cac:LegalMonetaryTotal></{root}>""".encode()


def jpk(*invoices: tuple[str, str], currency: str = "PLN") -> bytes:
    """A JPK_FA (4) with invoices of a number and a total each."""
    rows = "".join(
        f"<Faktura><KodWaluty>{currency}</KodWaluty><P_1>2026-01-{n:02d}</P_1><P_2A>{number}</P_2A><P_3A>Klient {n}</P_3A><P_5B>{BUYER_NIP}</P_5B>"
        f"<P_15>{total}</P_15><P_18A>false</P_18A><RodzajFaktury>{'KOREKTA' if total.startswith('-') else 'VAT'}</RodzajFaktury></Faktura>"
        for n, (number, total) in enumerate(invoices, start=1)
    )
    return (
        '<JPK xmlns="http://jpk.mf.gov.pl/wzor/2022/02/17/02171/"><Naglowek><KodFormularza kodSystemowy="JPK_FA (4)">JPK_FA</KodFormularza></Naglowek>'
        f"<Podmiot1><IdentyfikatorPodmiotu><NIP>{SELLER_NIP}</NIP><PelnaNazwa>Nasza</PelnaNazwa></IdentyfikatorPodmiotu></Podmiot1>{rows}</JPK>"
    ).encode()


def zipped(files: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()

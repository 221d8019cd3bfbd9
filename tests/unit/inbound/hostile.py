"""Forty mails that nobody wishes for: forged, nested, huge, in wrong charsets, and plain ones that are easily misread."""

from collections.abc import Iterator

OURS = "<0f1e2d@windykacja.example>"
"""Where a mail pretends to answer us, the tests put a real Message-ID in its place."""


def mail(headers: str, body: bytes | str = b"", *, sender: str = "klient@firma.example") -> bytes:
    """A mail with a usual head."""
    head = f"From: {sender}\nTo: windykacja@wierzyciel.example\n" if "From:" not in headers else ""
    content = body.encode() if isinstance(body, str) else body
    return (head + headers.strip("\n") + "\n\n").lstrip("\n").encode("utf-8", "surrogateescape") + content


def bounce(
    *,
    recipient: str = "klient@firma.example",
    original: str = OURS,
    action: str = "failed",
    status: str = "5.1.1",
    to: str = "bounces@wierzyciel.example",
    diagnostic: str = "smtp; 550 5.1.1 no such user",
) -> bytes:
    """A report that a message could not be delivered."""
    return f"""\
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <{abs(hash((recipient, original, action, status, to)))}@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=us-ascii

I could not deliver it. nie zaplace, we have paid.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}

--b
Content-Type: text/rfc822-headers

Message-ID: {original}
From: Wierzyciel <faktury@wierzyciel.example>
To: {recipient}
Subject: Faktura

--b--
""".encode()


def hostile() -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each."""
    plain = "Content-Type: text/plain; charset=utf-8"
    yield "nothing but bytes", b"\x00\xff\xfe\x00" * 50
    yield "empty", b""
    yield "headers without an end", b"From: a@firma.example\nSubject: x"
    yield "a body and no headers", b"\n\nWe have paid."
    yield "two senders in one header", mail("From: a@firma.example, b@firma.example\n" + plain, "Zapłacone.")
    yield "two From headers", mail("From: klient@firma.example\nFrom: obcy@inny.example\n" + plain, "Zapłacone.")
    yield "no sender", mail("From:\n" + plain, "Zapłacę jutro.")
    yield "a group as sender", mail("From: undisclosed-recipients:;\n" + plain, "x")
    yield "an address in encoded words", mail("From: =?utf-8?q?klient=40firma.example?= <obcy@inny.example>\n" + plain, "Zapłacę.")
    yield "line breaks in an encoded subject", mail("Subject: =?utf-8?q?x=0D=0ABcc:_all@firma.example?=\n" + plain, "x")
    yield "a subject of 100 kB", mail("Subject: " + "x" * 100_000 + "\n" + plain, "x")
    yield "a charset nobody knows", mail("Content-Type: text/plain; charset=klingon-7", "Zapłacę jutro.")
    yield "a codec instead of a charset", mail("Content-Type: text/plain; charset=zlib", b"x\x9c\xff")
    yield "a charset with a NUL", mail('Content-Type: text/plain; charset="utf-8\x00"', "Zapłacę.")
    yield "punycode as a charset", mail("Content-Type: text/plain; charset=punycode", "a-" * 5_000)
    yield "UTF-16 that ends in the middle", mail("Content-Type: text/plain; charset=utf-16", "Zapłacę".encode("utf-16")[:-1])
    yield "base64 that is none", mail("Content-Type: text/plain\nContent-Transfer-Encoding: base64", "***=== nie tak ===***")
    yield "quoted-printable that is none", mail("Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable", "=ZZ =9 =\n=")
    yield "uuencoded nonsense", mail("Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode", "begin 644 x\n!!!\nend")
    yield "NUL and bidi in the words", mail(plain, "Zap\x00łacę \u202e jutro \ud800".encode("utf-8", "surrogatepass"))
    yield (
        "multiparts within multiparts",
        mail(
            "Content-Type: multipart/mixed; boundary=b0",
            "".join(f"--b{n}\nContent-Type: multipart/mixed; boundary=b{n + 1}\n\n" for n in range(3_000)),
        ),
    )
    yield "mails within mails", mail("Content-Type: message/rfc822", "Content-Type: message/rfc822\n\n" * 3_000)
    yield "a boundary that never comes", mail('Content-Type: multipart/mixed; boundary="x"', "Zapłacę jutro.")
    yield "a multipart without a boundary", mail("Content-Type: multipart/alternative", "Zapłacę jutro.")
    yield "ten thousand parts", mail("Content-Type: multipart/mixed; boundary=x", "--x\n\na\n" * 10_000 + "--x--")
    yield "twelve megabytes", mail(plain, b"Zaplacone. " * 1_100_000)
    yield "a million empty lines", mail(plain, b"\n" * 1_000_000)
    yield (
        "HTML alone, with a script",
        mail("Content-Type: text/html", "<style>p{}</style><script>zapłacone()</script><p>Zapłacę <b>jutro</b>."),
    )
    yield "HTML without an end", mail("Content-Type: text/html", "<!-- zapłacone" + "<script>" * 20_000)
    yield (
        "a file name that climbs",
        mail('Content-Type: application/pdf\nContent-Disposition: attachment; filename="../../etc/passwd"', b"%PDF-1.4"),
    )
    yield "references without an end", mail("References: " + "<a@b.example> " * 50_000 + "\n" + plain, "x")
    yield "our Message-ID from a stranger", mail(f"From: obcy@inny.example\nIn-Reply-To: {OURS}\n" + plain, "Zapłacone wczoraj.")
    yield "out of office by its header", mail(f"Auto-Submitted: auto-replied\nIn-Reply-To: {OURS}\n" + plain, "I have paid. Out of office.")
    yield (
        "out of office by its subject",
        mail(f"Subject: Automatyczna odpowiedź: Faktura\nIn-Reply-To: {OURS}\n" + plain, "Wracam 7 stycznia."),
    )
    yield "paid, in Polish", mail(f"In-Reply-To: {OURS}\n" + plain, "Dzień dobry, już zapłacone, 1 230,00 zł.")
    yield "paid, in English", mail(f"In-Reply-To: {OURS}\n" + plain, "We have paid this on Monday.")
    yield "paid, in German", mail(f"In-Reply-To: {OURS}\n" + plain, "Wir haben die Rechnung bereits bezahlt.")
    yield "a forged bounce", bounce(original="<never@was.example>")
    yield "a bounce of another recipient", bounce(recipient="kto@inny.example")
    yield "a report with a broken status", bounce(status="9.9", action="exploded", diagnostic="\x00" * 10)

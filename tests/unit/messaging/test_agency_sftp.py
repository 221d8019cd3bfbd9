"""Hand-overs by SFTP against a real server in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest

from receivables.core.errors import Refused
from receivables.messaging.channels.agency_file import package_of
from receivables.messaging.channels.agency_sftp import NOT_SENDING, AgencySftp, NotConnected, print_of, read_host_key, read_private_key
from receivables.messaging.outgoing import Accepted, Failed, Later, Unknown
from receivables.outside import Reach
from tests.unit.messaging.handed_over import HAND_OVER, PACKAGE
from tests.unit.messaging.sftp_server import KINDS, ROOT, SftpServer, new_key, public_line, sftp_server


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    with sftp_server(tmp_path_factory.mktemp(request.param), request.param) as running:
        yield running


@pytest.fixture
def library(tmp_path: Path) -> Iterator[SftpServer]:
    """The server that can be given bad habits."""
    with sftp_server(tmp_path) as running:
        yield running


def habits(server: SftpServer, words: str) -> None:
    (server.folder / ".habits").write_text(words)


def test_the_same_package_has_one_file_however_often_it_is_handed_over(server: SftpServer) -> None:
    first = AgencySftp(server.config()).send(HAND_OVER)
    again = AgencySftp(server.config()).send(HAND_OVER)
    assert first == Accepted(reference="abc123.zip")
    assert again == Accepted(reference="abc123.zip", detail="The package was there already.")
    assert server.names() == ["abc123.zip"]
    assert (server.folder / "in" / "abc123.zip").read_bytes() == PACKAGE.content


def test_another_file_under_the_name_of_a_package_is_never_replaced(server: SftpServer) -> None:
    taken = server.folder / "in" / "other.zip"
    taken.write_bytes(b"something else")
    answer = AgencySftp(server.config()).send(replace(HAND_OVER, key="other"))
    assert isinstance(answer, Failed) and "another file" in answer.detail
    assert taken.read_bytes() == b"something else"


def test_a_half_written_try_is_taken_away_by_the_next(server: SftpServer) -> None:
    (server.folder / "in" / "torn.zip.0123.part").write_bytes(b"PK a pack")
    assert isinstance(AgencySftp(server.config()).send(replace(HAND_OVER, key="torn")), Accepted)
    assert [name for name in server.names() if name.startswith("torn")] == ["torn.zip"]


def test_nothing_is_sent_to_a_server_with_another_key(server: SftpServer, tmp_path: Path) -> None:
    (tmp_path / "other").touch(mode=0o600)
    (tmp_path / "other").write_text(new_key())
    answer = AgencySftp(server.config(host_key=public_line(tmp_path / "other"))).send(replace(HAND_OVER, key="mitm"))
    assert isinstance(answer, Later) and "another key than the pinned one" in answer.detail
    assert "mitm.zip" not in server.names()


def test_a_key_of_another_kind_than_the_pinned_one_is_none(server: SftpServer) -> None:
    rsa = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ=="
    assert isinstance(AgencySftp(server.config(host_key=rsa)).send(replace(HAND_OVER, key="kind")), Later)


def test_whoever_is_not_let_in_hands_nothing_over(server: SftpServer) -> None:
    answer = AgencySftp(server.config(private_key=new_key())).send(replace(HAND_OVER, key="nobody"))
    assert isinstance(answer, Later) and "does not let us in" in answer.detail
    assert "nobody.zip" not in server.names()


def test_a_folder_that_is_not_there(server: SftpServer) -> None:
    assert isinstance(AgencySftp(server.config(folder="nowhere")).send(HAND_OVER), Later)


def test_reports_are_fetched_once_oldest_first(server: SftpServer) -> None:
    out = server.folder / "out"
    for age, name in enumerate(["b.csv", "a.csv", "half.csv.part", ".hidden"]):
        (out / name).write_bytes(name.encode())
        os.utime(out / name, (1_700_000_000 + age, 1_700_000_000 + age))
    sftp = AgencySftp(server.config())
    assert [(file.name, file.content) for file in sftp.fetch()] == [("b.csv", b"b.csv"), ("a.csv", b"a.csv")]
    assert [file.name for file in sftp.fetch(known=frozenset({"b.csv|5|1700000000"}))] == ["a.csv"]
    with pytest.raises(NotConnected):
        AgencySftp(server.config(reply_folder="nowhere")).fetch()


def test_by_password(library: SftpServer) -> None:
    by_password = {"private_key": "", "password": library.password}
    assert isinstance(AgencySftp(library.config(**by_password)).send(HAND_OVER), Accepted)
    assert isinstance(AgencySftp(library.config(**(by_password | {"password": "wrong"}))).send(replace(HAND_OVER, key="x")), Later)


def test_until_sending_is_on_nothing_is_connected(library: SftpServer) -> None:
    library.process.kill()
    off = AgencySftp(library.config(does_send=False))
    assert off.send(HAND_OVER) == Later(NOT_SENDING)
    assert off.fetch() == []


def test_nobody_listens(library: SftpServer) -> None:
    library.process.kill()
    library.process.wait()
    answer = AgencySftp(library.config()).send(HAND_OVER)
    assert isinstance(answer, Later) and "127.0.0.1" not in answer.detail


def test_a_private_network_is_not_asked_unless_the_operator_says_so(library: SftpServer) -> None:
    answer = AgencySftp(library.config(reach=Reach.PUBLIC)).send(HAND_OVER)
    assert answer == Later("The agency's server was not asked: The address leads into a private network.")


@pytest.mark.parametrize("habit", ["full", "no-rename"])
def test_what_could_not_be_written_counts_for_nothing(library: SftpServer, habit: str) -> None:
    habits(library, habit)
    assert isinstance(AgencySftp(library.config()).send(HAND_OVER), Later)
    assert library.names() == []


def test_an_answer_that_never_came_is_unknown_and_the_same_key_finds_out(library: SftpServer) -> None:
    habits(library, "dies-after-rename")
    assert isinstance(AgencySftp(library.config()).send(HAND_OVER), Unknown)
    assert library.names() == ["abc123.zip"]


def test_who_hangs_is_cut_off(library: SftpServer) -> None:
    habits(library, "hangs-after-rename")
    assert isinstance(AgencySftp(library.config(total_seconds=1.0)).send(HAND_OVER), Unknown)
    habits(library, "")
    assert AgencySftp(library.config()).send(HAND_OVER) == Accepted("abc123.zip", "The package was there already.")


def test_killed_between_upload_and_record_the_package_is_there_once(library: SftpServer) -> None:
    """As at F19 the process dies once the package has its name; the next try finds it."""
    config = library.config()
    script = (
        "from tests.unit.messaging.test_agency_sftp import *\n"
        "from receivables.messaging.channels.agency_sftp import AgencySftpConfig\n"
        f"AgencySftp(AgencySftpConfig(**{ {name: getattr(config, name) for name in config.__slots__ if name != 'reach'}!r}, "
        "reach=Reach.LOOPBACK_TOO)).send(HAND_OVER)\nimport os\nos.kill(os.getpid(), 9)"
    )
    died = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False)
    assert died.returncode == -9
    assert AgencySftp(config).send(HAND_OVER) == Accepted("abc123.zip", "The package was there already.")
    assert library.names() == ["abc123.zip"]


@pytest.mark.parametrize("line", ["", "ssh-ed25519", "ssh-ed25519 ????", "agency.example.com ssh-ed25519 AAAA", "ssh-dss AAAAB3NzaC1kc3M="])
def test_what_is_no_host_key_is_refused(line: str) -> None:
    with pytest.raises(Refused, match="no host key"):
        read_host_key(line)


def test_a_pinned_key_is_shown_as_ssh_programs_show_it(library: SftpServer) -> None:
    host = library.folder.parent / "keys" / "host"
    assert print_of(library.host_key).startswith("SHA256:") and print_of(public_line(host)) == print_of(library.host_key)


def test_what_is_no_private_key_is_refused_without_repeating_it() -> None:
    with pytest.raises(Refused) as refusal:
        read_private_key("-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n")
    assert "c2VjcmV0" not in str(refusal.value)


def test_the_package_is_the_one_that_came_along() -> None:
    assert package_of(HAND_OVER) == PACKAGE.content


def test_what_is_too_big_is_not_read(server: SftpServer) -> None:
    folder = server.folder / "out"
    folder.mkdir(exist_ok=True)
    for name, size in (("fits.csv", 10), ("big.csv", 11)):
        (folder / name).write_bytes(b"x" * size)
        os.utime(folder / name, (1_600_000_000, 1_600_000_000))
    found = {file.name: file for file in AgencySftp(server.config(reply_folder="out")).fetch(most_bytes=10)}
    assert (found["big.csv"].is_too_big, found["big.csv"].content) == (True, b"")
    assert (found["fits.csv"].is_too_big, found["fits.csv"].content) == (False, b"x" * 10)


def test_a_look_logs_in_and_leaves_nothing(server: SftpServer) -> None:
    before = server.names()
    config = replace(server.config(), does_send=False, reply_folder="out")
    AgencySftp(config).look()
    for change, says in (
        ({"folder": "nowhere"}, "folder"),
        ({"host_key": public_line_of_another()}, "key"),
        ({"username": "x"}, "let us in"),
    ):
        with pytest.raises(NotConnected, match=says):
            AgencySftp(replace(config, **change)).look()
    assert server.names() == before


def public_line_of_another() -> str:
    key = paramiko.RSAKey.generate(1024)
    return f"{key.get_name()} {key.get_base64()}"

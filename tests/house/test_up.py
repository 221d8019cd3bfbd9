"""`dev.py up`, from the moment the environment is there."""

import http.client
import json
import os
import signal
import socket
import subprocess

import pytest

from receivables.embedded import Places
from tests.house.processes import free_port, kill_all, processes_of, run, start, wait_until, without_servers

pytestmark = pytest.mark.own_servers


def up(data, port: int, **variables: str) -> subprocess.Popen[str]:
    environment = without_servers(DATA_DIR=str(data), **variables)
    return start("-m", "receivables.up", "--no-demo", "--port", str(port), environment=environment)


def answer(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("localhost", port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


def welcome(process: subprocess.Popen[str]) -> str:
    """What it says until everything is there."""
    said = ""
    while "Ctrl-C stops everything" not in said:
        line = process.stdout.readline() if process.stdout else ""
        assert line, f"it ended early: {said}"
        said += line
    return said


def is_whole(port: int) -> bool:
    """Database, broker and beat work."""
    return answer(port, "/readyz") == (200, json.dumps({"database": "ok", "broker": "ok", "beat": "ok"}))


def test_it_starts_survives_a_kill_of_everything_and_stops_without_a_trace(data):
    port = free_port()
    assert f"http://127.0.0.1:{port}/" in welcome(up(data, port))
    assert answer(port, "/accounts/login/")[0] == 200
    wait_until(lambda: is_whole(port), "beat's first mark")

    second = run("-m", "receivables.up", "--port", str(free_port()), environment=without_servers(DATA_DIR=str(data)))
    assert (second.returncode, second.stderr[:21]) == (2, "It is already running")

    kill_all(data)
    again = up(data, port)
    assert "database migrated" not in welcome(again)  # it was kept
    assert is_whole(port)

    os.kill(again.pid, signal.SIGINT)
    said, _ = again.communicate(timeout=60)
    assert (again.returncode, said) == (0, "\nStopping …\n")
    wait_until(lambda: not processes_of(data), "everything to be gone")


def test_a_port_in_use_is_refused_before_anything_starts(data):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run("-m", "receivables.up", "--port", str(port), environment=without_servers(DATA_DIR=str(data)))
    assert done.returncode == 2
    assert done.stderr == (
        f"Port {port} on 127.0.0.1 cannot be used: Address already in use. Stop the program that uses it, or choose another: "
        f"python3 dev.py up --port {port + 1}\n"
    )
    assert not Places(data).run.exists()


def test_others_are_not_let_in_without_https(data):
    done = run("-m", "receivables.up", "--host", "0.0.0.0", environment=without_servers(DATA_DIR=str(data)))
    assert done.returncode == 2
    assert done.stderr.startswith("--host 0.0.0.0 would show the program to others without HTTPS.")


def test_unsafe_settings_are_said_and_everything_stops_again(data):
    done = run(
        "-m", "receivables.up", "--port", str(free_port()), environment=without_servers(DATA_DIR=str(data), ALLOWED_HOSTS="r.example.com")
    )
    assert done.returncode == 2
    assert "ALLOWED_HOSTS names r.example.com" in done.stderr

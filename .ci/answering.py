"""Print the URL of a server that answers on this port of 127.0.0.1 and is new enough, else end with 1: answering.py postgres|redis PORT.

In PostgreSQL it makes the two roles, so that the tests speak as one that owns its databases and is no superuser.
"""

import sys
import time

import psycopg
import redis

ROLES = {
    "receivables_owner": "CREATE ROLE receivables_owner LOGIN CREATEDB",
    "receivables": "CREATE ROLE receivables LOGIN ROLE receivables_owner",
}


def postgres(port: int) -> str | None:
    """PostgreSQL 15 or newer that lets user postgres in without a password."""
    try:
        connection = psycopg.connect(host="127.0.0.1", port=port, user="postgres", dbname="postgres", autocommit=True, connect_timeout=5)
    except psycopg.OperationalError:
        return None
    with connection:
        if connection.info.server_version < 150000:
            return None
        known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role, statement in ROLES.items():
            if role not in known:
                connection.execute(statement)
    return f"postgres://receivables_owner@127.0.0.1:{port}/receivables"


def broker(port: int) -> str | None:
    """Redis 7 or newer, or Valkey, without a password. One that was just started gets a moment."""
    client = redis.Redis(port=port, socket_timeout=5)
    for _ in range(20):
        try:
            version = str(client.info("server")["redis_version"])
        except redis.ConnectionError:
            time.sleep(0.1)
        else:
            return f"redis://127.0.0.1:{port}/0" if int(version.split(".")[0]) >= 7 else None
    return None


if __name__ == "__main__":
    url = {"postgres": postgres, "redis": broker}[sys.argv[1]](int(sys.argv[2]))
    if url is None:
        sys.exit(1)
    print(url)

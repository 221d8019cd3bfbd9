"""Who may change what, also where `migrate APP` has made only some of the tables."""

from types import SimpleNamespace

import pytest
from django.db import connection

from receivables import schema


@pytest.mark.django_db
def test_rights_are_given_on_the_tables_that_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single app was migrated: the append-only tables of the others are not there, and that is no error."""
    later = SimpleNamespace(_meta=SimpleNamespace(db_table="not_made_yet"))
    monkeypatch.setattr(schema, "append_only_models", lambda: [later])
    schema.grant_rights(connection.settings_dict["USER"])

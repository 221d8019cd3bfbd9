"""`manage.py interest --stored` goes by what people approved, the plain command by what ships."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.db.rates.world import a_mid, approved

pytestmark = pytest.mark.django_db


def test_stored_rates_count_where_they_are_asked_for(tmp_path: Path) -> None:
    debt = {"id": "A", "debtor": "business", "claim_kind": "sale", "amount": "100.00", "due_date": "2026-09-15", "as_of": "2026-09-30"}
    (tmp_path / "debts.json").write_text(json.dumps({"examples": [debt]}))
    approved(a_mid("4.2500", "2026-08-31"))
    out, err = StringIO(), StringIO()
    call_command("interest", str(tmp_path / "debts.json"), "--stored", "--json", stdout=out)
    assert json.loads(out.getvalue())["examples"][0]["recompense"]["pln"] == "170.00"
    with pytest.raises(SystemExit):
        call_command("interest", str(tmp_path / "debts.json"), "--json", stderr=err)
    assert "2026-08" in err.getvalue()

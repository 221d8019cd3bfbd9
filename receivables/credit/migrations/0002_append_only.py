from django.db import migrations

from receivables.db.append_only import append_only


class Migration(migrations.Migration):
    replaces = [("credit", "0002_register_answers")]
    dependencies = [("credit", "0001_tables"), ("audit", "0002_entries_are_append_only")]

    operations = [
        *append_only(
            "credit_creditlimit", "credit_creditchange", "credit_registeranswer", "credit_insurancepolicy", "credit_insurancenotice"
        ),
    ]

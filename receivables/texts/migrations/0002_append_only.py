from django.db import migrations

from receivables.db.append_only import append_only


class Migration(migrations.Migration):
    replaces = [("texts", "0002_texts_are_append_only")]
    dependencies = [("texts", "0001_tables"), ("audit", "0002_entries_are_append_only")]

    operations = [
        *append_only("texts_companytext"),
    ]

from django.db import migrations

from receivables.db.append_only import append_only


class Migration(migrations.Migration):
    replaces = [("documents", "0002_documents_are_append_only")]
    dependencies = [("documents", "0001_tables"), ("audit", "0002_entries_are_append_only")]

    operations = [
        *append_only("documents_document"),
    ]

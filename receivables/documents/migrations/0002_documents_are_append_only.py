from django.db import migrations

from receivables.db.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial"), ("audit", "0002_entries_are_append_only")]

    operations = append_only("documents_document")

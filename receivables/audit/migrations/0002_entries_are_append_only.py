from django.db import migrations

from receivables.db.append_only import FUNCTION, append_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_tables")]

    operations = [
        FUNCTION,
        *append_only("audit_entry"),
    ]

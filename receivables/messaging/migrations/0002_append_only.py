from django.db import migrations

from receivables.db.append_only import append_only


class Migration(migrations.Migration):
    replaces = [("messaging", "0014_brakes")]
    dependencies = [("messaging", "0001_tables"), ("audit", "0002_entries_are_append_only")]

    operations = [
        *append_only("messaging_attempt", "messaging_deliveryevent", "messaging_fence", "messaging_fencedmark", "messaging_enclosure"),
    ]

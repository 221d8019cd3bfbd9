import unicodedata

from django.db import migrations


def plain(channel, address):
    """As receivables.messaging.addresses.plain_address on the day of this migration."""
    if channel != "email":
        return "".join(c for c in address if c in "0123456789+") if channel in ("sms", "call") else address.strip()
    local, at, host = unicodedata.normalize("NFC", address.strip()).lower().rpartition("@")
    host = host.rstrip(".")
    try:
        host = host if host.isascii() else host.encode("idna").decode().lower()
    except UnicodeError:
        pass
    return f"{local}{at}{host}"


def write_plainly(apps, schema_editor):
    """One form for each address; of two rows that become the same the older stays."""
    rows = apps.get_model("messaging", "Suppression").objects
    seen = set()
    for pk, creditor, channel, address in list(rows.order_by("since", "pk").values_list("pk", "creditor", "channel", "address")):
        place = (creditor, channel, plain(channel, address))
        if place in seen:
            rows.filter(pk=pk).delete()
        seen.add(place)
    for pk, channel, address in list(rows.values_list("pk", "channel", "address")):
        if address != plain(channel, address):
            rows.filter(pk=pk).update(address=plain(channel, address))


class Migration(migrations.Migration):

    dependencies = [('messaging', '0005_provider_events')]

    operations = [migrations.RunPython(write_plainly, migrations.RunPython.noop)]

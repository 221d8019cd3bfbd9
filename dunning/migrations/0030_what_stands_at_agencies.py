from django.db import migrations

# An item that was placed several times stands with the newest hand-over that is not back.
STANDING = """
UPDATE dunning_placeditem placed SET is_standing = placed.id = (
    SELECT max(other.id) FROM dunning_placeditem other JOIN dunning_placement of ON of.id = other.placement_id
    WHERE other.item_id = placed.item_id AND of.state IN ('sent', 'received')
) IS TRUE
"""

KEYS = """
UPDATE dunning_placement placement SET case_key = message.key
FROM dunning_notice notice JOIN messaging_message message ON message.id = notice.message_id
WHERE notice.id = placement.notice_id
"""


class Migration(migrations.Migration):
    dependencies = [("dunning", "0029_agency_terms")]

    operations = [migrations.RunSQL(STANDING, migrations.RunSQL.noop), migrations.RunSQL(KEYS, migrations.RunSQL.noop)]

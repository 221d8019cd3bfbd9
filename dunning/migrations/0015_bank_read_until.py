from django.db import migrations, models

DAY_BEFORE = """
-- Whether the last file was taken in on the very day that it reaches is not known any more: the day before was told whole.
UPDATE dunning_ladderrules SET bank_read_until = bank_seen_until - 1 WHERE bank_seen_until IS NOT NULL;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('dunning', '0014_agency_calls'),
    ]

    operations = [
        migrations.AddField(
            model_name='ladderrules',
            name='bank_read_until',
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.RunSQL(DAY_BEFORE, migrations.RunSQL.noop),
    ]

"""A code on each paper made from now on, by which anybody can ask whether it is real; older papers have none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_documents_are_append_only")]

    operations = [
        migrations.AddField(
            model_name="document",
            name="code",
            field=models.CharField(blank=True, default="", max_length=12, verbose_name="check code"),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(condition=models.Q(("code", ""), _negated=True), fields=("code",), name="check_code_given_once"),
        ),
    ]

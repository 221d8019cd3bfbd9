from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dunning", "0012_runs")]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="waives_interest",
            field=models.BooleanField(default=False, verbose_name="no interest meanwhile"),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dunning", "0013_rating")]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="waives_interest",
            field=models.BooleanField(default=False, verbose_name="no interest meanwhile"),
        ),
    ]

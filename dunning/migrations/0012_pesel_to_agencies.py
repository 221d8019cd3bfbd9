from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("dunning", "0011_bank_wait_days")]

    operations = [
        migrations.AddField("agency", "gets_pesel", models.BooleanField("gets PESEL numbers", default=False)),
        migrations.AddConstraint(
            "agency",
            models.CheckConstraint(condition=Q(gets_pesel=False) | ~Q(data_role=""), name="pesel_goes_where_the_data_role_is_settled"),
        ),
    ]

import django.core.validators
from django.db import migrations, models
from django.db.models import Q

KRS = django.core.validators.RegexValidator("^\\d{10}\\Z", "A KRS number has ten digits.")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_tables")]

    operations = [
        migrations.AddField("creditor", "contact_person", models.CharField("contact person", max_length=120, blank=True)),
        migrations.AddField("creditor", "krs", models.CharField("KRS", max_length=10, blank=True, validators=[KRS])),
        migrations.AddConstraint(
            "creditor", models.CheckConstraint(condition=Q(krs="") | Q(krs__regex="^[0-9]{10}$"), name="creditor_krs_has_ten_digits")
        ),
    ]

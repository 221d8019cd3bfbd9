from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_tables'),
        ('dunning', '0010_paper_left_out_reasons'),
    ]

    operations = [
        migrations.AddField(
            model_name='ladderrules',
            name='bank_wait_days',
            field=models.PositiveSmallIntegerField(default=14, verbose_name="days for which promises and instalments wait for the bank's data of their day"),
        ),
        migrations.AddConstraint(
            model_name='ladderrules',
            constraint=models.CheckConstraint(condition=models.Q(('bank_wait_days__lte', 30)), name='bank_data_awaited_a_month_at_most'),
        ),
    ]

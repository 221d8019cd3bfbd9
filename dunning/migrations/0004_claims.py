import django.db.models.deletion
import django.db.models.functions.math
from django.conf import settings
from django.db import migrations, models

import receivables.db.fields
from receivables.db.append_only import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('dunning', '0003_promises_and_agreements'),
        ('invoices', '0002_money_rules'),
        ('messaging', '0002_legal_moves_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='NoticeClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('interest', 'late interest'), ('compensation', 'compensation'), ('fee', 'fee')], max_length=20, verbose_name='kind')),
                ('amount', receivables.db.fields.MoneyField(decimal_places=4, max_digits=18, verbose_name='amount')),
                ('currency', receivables.db.fields.CurrencyField(max_length=3)),
                ('on', models.DateField(verbose_name='day')),
                ('detail', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name': 'claim',
                'verbose_name_plural': 'claims',
            },
        ),
        migrations.AddField(
            model_name='notice',
            name='compensation',
            field=receivables.db.fields.MoneyField(decimal_places=4, default=0, max_digits=18, verbose_name='compensation'),
        ),
        migrations.AddField(
            model_name='notice',
            name='fees',
            field=receivables.db.fields.MoneyField(decimal_places=4, default=0, max_digits=18, verbose_name='fees'),
        ),
        migrations.AddField(
            model_name='notice',
            name='interest',
            field=receivables.db.fields.MoneyField(decimal_places=4, default=0, max_digits=18, verbose_name='late interest'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(('compensation__gte', 0), ('fees__gte', 0), ('interest__gte', 0)), name='notice_claims_not_negative'),
        ),
        migrations.AddField(
            model_name='noticeclaim',
            name='invoice',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='invoices.invoice'),
        ),
        migrations.AddField(
            model_name='noticeclaim',
            name='notice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='dunning.notice'),
        ),
        migrations.AddField(
            model_name='noticeclaim',
            name='taken',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='dunning.steptaken'),
        ),
        migrations.AddConstraint(
            model_name='noticeclaim',
            constraint=models.UniqueConstraint(fields=('taken', 'kind'), name='claim_once_per_step_taken'),
        ),
        migrations.AddConstraint(
            model_name='noticeclaim',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'compensation')), fields=('notice', 'invoice'), name='compensation_once_per_message_and_invoice'),
        ),
        migrations.AddConstraint(
            model_name='noticeclaim',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='claim_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='noticeclaim',
            constraint=models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$'), ('amount', django.db.models.functions.math.Round(models.F('amount'), models.Case(models.When(currency__in=['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'], then=models.Value(0)), models.When(currency__in=['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'], then=models.Value(3)), default=models.Value(2))))), name='claim_amount_fits_currency'),
        ),
        *append_only("dunning_noticeclaim"),
    ]

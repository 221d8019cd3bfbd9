import django.db.models.deletion
import django.db.models.functions.math
from django.conf import settings
from django.db import migrations, models

import receivables.db.fields
from receivables.db.append_only import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('invoices', '0005_keys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClaimRules',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField(verbose_name='since')),
                ('claims_compensation', models.BooleanField(default=True, verbose_name='claims compensation')),
                ('minimum_amount', receivables.db.fields.MoneyField(decimal_places=4, default=0, max_digits=18, verbose_name='smallest invoice')),
                ('currency', receivables.db.fields.CurrencyField(max_length=3, verbose_name='currency')),
                ('minimum_days', models.PositiveSmallIntegerField(default=0, verbose_name='days late at least')),
                ('recorded_at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claim_rules', to='accounts.creditor', verbose_name='company')),
            ],
            options={
                'verbose_name': 'rules of claims',
                'verbose_name_plural': 'rules of claims',
                'ordering': ['-since', '-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('minimum_amount__gte', 0)), name='smallest_invoice_not_negative'), models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$'), ('minimum_amount', django.db.models.functions.math.Round(models.F('minimum_amount'), models.Case(models.When(currency__in=['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'], then=models.Value(0)), models.When(currency__in=['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'], then=models.Value(3)), default=models.Value(2))))), name='smallest_invoice_fits_currency')],
            },
        ),
        migrations.CreateModel(
            name='ContractRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('percent', models.DecimalField(blank=True, decimal_places=4, max_digits=7, null=True, verbose_name='rate, % a year')),
                ('since', models.DateField(verbose_name='since')),
                ('contract', models.CharField(max_length=120, verbose_name='contract')),
                ('recorded_at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contract_rates', to='invoices.customer', verbose_name='customer')),
                ('invoice', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='contract_rates', to='invoices.invoice', verbose_name='invoice')),
            ],
            options={
                'verbose_name': 'contract interest',
                'verbose_name_plural': 'contract interest',
                'indexes': [models.Index(fields=['customer', 'since'], name='contract_rate_of_customer')],
                'constraints': [models.CheckConstraint(condition=models.Q(('percent', None), models.Q(('percent__gt', 0), ('percent__lte', 100)), _connector='OR'), name='contract_rate_is_a_rate'), models.CheckConstraint(condition=models.Q(('contract', ''), _negated=True), name='contract_rate_names_its_contract')],
            },
        ),
        migrations.CreateModel(
            name='SparedCustomer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateField(verbose_name='since')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('ended_on', models.DateField(blank=True, null=True, verbose_name='ended on')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spared', to='invoices.customer', verbose_name='customer')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'spared customer',
                'verbose_name_plural': 'spared customers',
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('customer',), name='customer_spared_once'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='sparing_has_its_reason'), models.CheckConstraint(condition=models.Q(('ended_on', None), ('ended_on__gte', models.F('since')), _connector='OR'), name='sparing_ends_after_it_begins')],
            },
        ),
        *append_only("invoices_claimrules", "invoices_contractrate"),
    ]

from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from receivables.db.tables import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [('rates', '0001_initial')]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [CreateTables([
        migrations.CreateModel(
            name='Look',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('on', models.DateField()),
                ('origin', models.CharField(max_length=200)),
                ('failed', models.BooleanField(default=False)),
                ('contradictions', models.PositiveIntegerField(default=0)),
                ('told', models.JSONField(default=list)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Confirmation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(max_length=2)),
                ('regime', models.SlugField(max_length=40)),
                ('valid_from', models.DateField()),
                ('rate_percent', models.DecimalField(decimal_places=4, max_digits=7)),
                ('known_until', models.DateField()),
                ('source', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('country', 'regime', 'valid_from', 'rate_percent', 'known_until'), name='confirmed_once_a_day'), models.CheckConstraint(condition=models.Q(('known_until__gte', models.F('valid_from'))), name='confirmation_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='one_revision_of_rates')],
            },
        ),
        migrations.CreateModel(
            name='InterestRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(default='PL', max_length=2, verbose_name='country')),
                ('source', models.CharField(help_text='Where it was read: publication, number, day.', max_length=200, verbose_name='source')),
                ('reason', models.CharField(blank=True, help_text='Needed where it corrects what is known, or jumps by more than 5 points.', max_length=200, verbose_name='reason')),
                ('entered_at', models.DateTimeField(editable=False, verbose_name='entered at')),
                ('approved_at', models.DateTimeField(editable=False, null=True, verbose_name='approved at')),
                ('refused_at', models.DateTimeField(editable=False, null=True, verbose_name='refused at')),
                ('superseded_at', models.DateTimeField(editable=False, null=True, verbose_name='superseded at')),
                ('regime', models.SlugField(default='nbp_reference', max_length=40, verbose_name='regime')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('known_until', models.DateField(help_text='The last day for which the source says it; not a guess.', verbose_name='known until')),
                ('rate_percent', models.DecimalField(decimal_places=4, max_digits=7, verbose_name='rate, % a year')),
                ('approver', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('author', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ('refuser', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='refused by')),
            ],
            options={
                'verbose_name': 'interest rate',
                'verbose_name_plural': 'interest rates',
                'ordering': ['country', 'regime', '-valid_from', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='interest_rate_has_a_source'), models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='interest_rate_country_is_iso'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('approved_at', None), ('approver', None)), models.Q(('approved_at__isnull', False), ('approver__isnull', False), ('refused_at', None)), _connector='OR'), models.Q(models.Q(('refused_at', None), ('refuser', None)), models.Q(('refused_at__isnull', False), ('refuser__isnull', False)), _connector='OR')), name='interest_rate_is_approved_or_refused'), models.CheckConstraint(condition=models.Q(('approver', None), ('author', None), models.Q(('approver', models.F('author')), _negated=True), _connector='OR'), name='interest_rate_takes_two'), models.CheckConstraint(condition=models.Q(('superseded_at', None), ('approved_at__isnull', False), _connector='OR'), name='interest_rate_superseded_was_approved'), models.UniqueConstraint(condition=models.Q(('approved_at__isnull', False), ('superseded_at', None)), fields=('country', 'regime', 'valid_from'), name='one_interest_rate_in_force_a_day'), models.CheckConstraint(condition=models.Q(('rate_percent__gte', Decimal('-5')), ('rate_percent__lte', Decimal('50'))), name='interest_rate_is_possible'), models.CheckConstraint(condition=models.Q(('known_until__gte', models.F('valid_from'))), name='interest_rate_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='MidRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('country', models.CharField(default='PL', max_length=2, verbose_name='country')),
                ('source', models.CharField(help_text='Where it was read: publication, number, day.', max_length=200, verbose_name='source')),
                ('reason', models.CharField(blank=True, help_text='Needed where it corrects what is known, or jumps by more than 5 points.', max_length=200, verbose_name='reason')),
                ('entered_at', models.DateTimeField(editable=False, verbose_name='entered at')),
                ('approved_at', models.DateTimeField(editable=False, null=True, verbose_name='approved at')),
                ('refused_at', models.DateTimeField(editable=False, null=True, verbose_name='refused at')),
                ('superseded_at', models.DateTimeField(editable=False, null=True, verbose_name='superseded at')),
                ('month', models.DateField(editable=False, verbose_name='month')),
                ('rate_on', models.DateField(help_text='The last working day of its month.', verbose_name='day of the table')),
                ('price', models.DecimalField(decimal_places=4, max_digits=10, verbose_name='price of one euro')),
                ('table_number', models.CharField(help_text='Such as 147/A/NBP/2026.', max_length=30, verbose_name='table')),
                ('approver', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('author', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
                ('refuser', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='refused by')),
            ],
            options={
                'verbose_name': 'mid rate',
                'verbose_name_plural': 'mid rates',
                'ordering': ['country', '-month', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('source', ''), _negated=True), name='mid_rate_has_a_source'), models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='mid_rate_country_is_iso'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('approved_at', None), ('approver', None)), models.Q(('approved_at__isnull', False), ('approver__isnull', False), ('refused_at', None)), _connector='OR'), models.Q(models.Q(('refused_at', None), ('refuser', None)), models.Q(('refused_at__isnull', False), ('refuser__isnull', False)), _connector='OR')), name='mid_rate_is_approved_or_refused'), models.CheckConstraint(condition=models.Q(('approver', None), ('author', None), models.Q(('approver', models.F('author')), _negated=True), _connector='OR'), name='mid_rate_takes_two'), models.CheckConstraint(condition=models.Q(('superseded_at', None), ('approved_at__isnull', False), _connector='OR'), name='mid_rate_superseded_was_approved'), models.UniqueConstraint(condition=models.Q(('approved_at__isnull', False), ('superseded_at', None)), fields=('country', 'month'), name='one_mid_rate_in_force_a_month'), models.CheckConstraint(condition=models.Q(('price__gt', 0)), name='mid_rate_is_positive'), models.CheckConstraint(condition=models.Q(('month__day', 1), ('rate_on__month', models.F('month__month')), ('rate_on__year', models.F('month__year'))), name='mid_rate_is_of_its_month')],
            },
        ),
    ])]

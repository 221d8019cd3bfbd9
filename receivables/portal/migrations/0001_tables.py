import django.db.models.deletion
from django.db import migrations, models

import receivables.db.fields
from receivables.db.tables import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [('portal', '0001_asks_codes_and_sessions')]

    dependencies = [
        ('invoices', '0001_tables'),
    ]

    operations = [CreateTables([
        migrations.CreateModel(
            name='Ask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('browser', models.BinaryField(unique=True)),
                ('address', models.BinaryField()),
                ('email', receivables.db.fields.SealedField(null=True)),
                ('source', models.BinaryField()),
                ('asked_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'indexes': [models.Index(fields=['asked_at'], name='ask_by_time'), models.Index(fields=['source', 'asked_at'], name='ask_by_source'), models.Index(condition=models.Q(('answered_at', None)), fields=['id'], name='ask_to_answer')],
                'constraints': [models.CheckConstraint(condition=models.Q(('answered_at', None), ('email', None), _connector='OR'), name='answered_ask_keeps_no_address')],
            },
        ),
        migrations.CreateModel(
            name='Code',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.BinaryField()),
                ('digest', models.BinaryField()),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('contacts', models.ManyToManyField(related_name='+', to='invoices.contact')),
            ],
            options={
                'indexes': [models.Index(fields=['address', '-id'], name='code_newest'), models.Index(fields=['made_at'], name='code_by_time')],
                'constraints': [models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('made_at'))), name='code_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='PortalSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.BinaryField(unique=True)),
                ('address', models.BinaryField()),
                ('began_at', models.DateTimeField(verbose_name='began')),
                ('seen_at', models.DateTimeField(verbose_name='last seen')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
                ('contacts', models.ManyToManyField(related_name='portal_sessions', to='invoices.contact')),
                ('customer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='portal_sessions', to='invoices.customer', verbose_name='customer')),
            ],
            options={
                'verbose_name': 'portal session',
                'verbose_name_plural': 'portal sessions',
                'indexes': [models.Index(fields=['began_at'], name='portal_session_by_time')],
            },
        ),
    ])]

import django.db.models.deletion
from django.db import migrations, models

from receivables.db.tables import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [('documents', '0001_initial'), ('documents', '0003_document_code')]

    dependencies = [
        ('accounts', '0001_tables'),
    ]

    operations = [CreateTables([
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20, verbose_name='kind')),
                ('number', models.CharField(blank=True, max_length=40, verbose_name='number')),
                ('name', models.CharField(max_length=120, verbose_name='file name')),
                ('media_type', models.CharField(default='application/pdf', max_length=80)),
                ('content', models.BinaryField()),
                ('sha256', models.CharField(max_length=64)),
                ('template', models.CharField(blank=True, max_length=120)),
                ('facts', models.JSONField(default=dict)),
                ('key', models.CharField(blank=True, max_length=64, null=True)),
                ('code', models.CharField(blank=True, max_length=12, verbose_name='check code')),
                ('created_at', models.DateTimeField()),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
            ],
            options={
                'verbose_name': 'document',
                'verbose_name_plural': 'documents',
                'constraints': [models.UniqueConstraint(condition=models.Q(('number', ''), _negated=True), fields=('creditor', 'kind', 'number'), name='paper_number_given_once'), models.UniqueConstraint(fields=('creditor', 'key'), name='paper_made_once'), models.UniqueConstraint(condition=models.Q(('code', ''), _negated=True), fields=('code',), name='check_code_given_once')],
            },
        ),
        migrations.CreateModel(
            name='NumberRange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('year', models.PositiveSmallIntegerField()),
                ('last', models.PositiveIntegerField(default=0)),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.creditor')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('creditor', 'kind', 'year'), name='one_number_range_per_kind_and_year')],
            },
        ),
    ])]

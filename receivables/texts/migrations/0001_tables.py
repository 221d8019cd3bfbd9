import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from receivables.db.tables import CreateTables


class Migration(migrations.Migration):

    initial = True
    replaces = [('texts', '0001_company_texts')]

    dependencies = [
        ('accounts', '0001_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [CreateTables([
        migrations.CreateModel(
            name='CompanyText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(choices=[('message', 'message'), ('paper', 'letter'), ('letterhead', 'letterhead')], max_length=20, verbose_name='place')),
                ('kind', models.CharField(max_length=40, verbose_name='kind')),
                ('step', models.CharField(blank=True, max_length=60, verbose_name='step')),
                ('language', models.CharField(blank=True, max_length=5, verbose_name='language')),
                ('version', models.PositiveIntegerField(verbose_name='version')),
                ('edition', models.PositiveIntegerField(verbose_name='edition')),
                ('parts', models.JSONField(default=dict)),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('restores', models.PositiveIntegerField(blank=True, null=True)),
                ('published_at', models.DateTimeField(verbose_name='published at')),
                ('creditor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='texts', to='accounts.creditor', verbose_name='company')),
                ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='published by')),
            ],
            options={
                'verbose_name': "company's text",
                'verbose_name_plural': "company's texts",
                'constraints': [models.UniqueConstraint(fields=('creditor', 'place', 'kind', 'step', 'language', 'version'), name='text_version_given_once'), models.UniqueConstraint(fields=('creditor', 'edition'), name='text_edition_given_once'), models.CheckConstraint(condition=models.Q(('edition__gte', 1), ('version__gte', 1)), name='text_versions_count_from_one'), models.CheckConstraint(condition=models.Q(models.Q(('language', ''), ('place', 'letterhead')), models.Q(models.Q(('place', 'letterhead'), _negated=True), models.Q(('language', ''), _negated=True)), _connector='OR'), name='text_is_in_a_language')],
            },
        ),
    ])]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('texts', '0002_append_only'),
    ]

    operations = [
        migrations.AlterField(
            model_name='companytext',
            name='place',
            field=models.CharField(choices=[('message', 'message'), ('paper', 'letter'), ('answer', 'answer to a customer'), ('letterhead', 'letterhead')], max_length=20, verbose_name='place'),
        ),
    ]

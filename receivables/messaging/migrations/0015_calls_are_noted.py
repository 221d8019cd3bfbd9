from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0014_brakes'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='stayed_try',
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name='message',
            name='taken_try',
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dunning", "0003_run_hour")]

    operations = [
        migrations.RenameField(model_name="case", old_name="ended_review", new_name="reviewed_end"),
        migrations.AddField(model_name="case", name="reviewed_freeze", field=models.BooleanField(default=False)),
        migrations.RemoveField(model_name="case", name="set_aside"),
    ]

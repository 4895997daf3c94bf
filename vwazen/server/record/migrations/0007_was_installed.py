"""Which instruments were ever installed here, so that none goes while answers to it are on record."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("record", "0006_not_same")]

    operations = [
        migrations.CreateModel(
            name="WasInstalled",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("instrument", models.CharField(max_length=40)),
                ("version", models.IntegerField()),
            ],
            options={"db_table": "record_was_installed"},
        ),
        migrations.AddConstraint(
            model_name="wasinstalled",
            constraint=models.UniqueConstraint(fields=("instrument", "version"), name="was_installed_once"),
        ),
    ]

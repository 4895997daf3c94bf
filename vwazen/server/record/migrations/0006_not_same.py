"""Who was compared and is not the same person."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("record", "0005_open_items")]

    operations = [
        migrations.CreateModel(
            name="NotSame",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("one", models.CharField(max_length=36)),
                ("other", models.CharField(db_index=True, max_length=36)),
                ("by", models.CharField(max_length=36)),
                ("at", models.DateTimeField()),
            ],
            options={"db_table": "record_not_same"},
        ),
        migrations.AddConstraint(
            model_name="notsame",
            constraint=models.UniqueConstraint(fields=("one", "other"), name="not_same_once"),
        ),
    ]

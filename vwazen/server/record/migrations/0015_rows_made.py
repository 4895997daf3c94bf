"""What derived rows were made with, so that they are made again when code or content has changed."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0014_consent")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="RowsMade",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("shape", models.IntegerField()),
                ("content", models.CharField(max_length=12)),
                ("stage", models.SmallIntegerField()),
                ("upto", models.CharField(blank=True, max_length=36)),
                ("done", models.BigIntegerField()),
                ("people", models.BigIntegerField()),
            ],
            options={"db_table": "record_rows_made"},
        )
    ]

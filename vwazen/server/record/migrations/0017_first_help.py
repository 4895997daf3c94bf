"""First help after something terrible, as lists count it."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0016_homes")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="FirstHelp",
            fields=[
                ("id", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("person", models.CharField(db_index=True, max_length=36)),
                ("path", models.CharField(max_length=400)),
                ("event", models.CharField(max_length=120)),
                ("day", models.DateField()),
                ("needs", models.JSONField(default=list)),
            ],
            options={
                "db_table": "record_first_help",
                "indexes": [models.Index(fields=["event", "path", "day", "id"], name="first_help_event")],
            },
        )
    ]

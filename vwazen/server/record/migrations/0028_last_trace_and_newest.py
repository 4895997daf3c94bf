"""What came of looking for somebody, as counts read it; and an index that holds what is asked of a figure's people."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0027_batches_as_they_are")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="LastTrace",
            fields=[
                ("person", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("path", models.CharField(max_length=400)),
                ("day", models.DateField()),
                ("reason", models.CharField(max_length=12)),
                ("found", models.CharField(max_length=10)),
            ],
            options={
                "db_table": "record_last_trace",
                "indexes": [models.Index(fields=["day", "path", "reason", "found"], name="last_trace_day")],
            },
        ),
        migrations.RemoveIndex(model_name="episoderow", name="episode_started"),
        migrations.AddIndex(
            model_name="episoderow",
            index=models.Index(
                fields=[
                    "started", "id", "path", "condition", "outcome", "closed", "base", "at3", "at6", "at12", "step",
                    "gender", "age", "last_seen",
                ],
                name="episode_newest",
                condition=~models.Q(id=""),
            ),
        ),
    ]  # fmt: skip

"""A row for each fault of a record as a record. The rows come with `vwazen rebuild`."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("record", "0009_today")]

    operations = [
        migrations.CreateModel(
            name="Quality",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.CharField(db_index=True, max_length=36)),
                ("path", models.CharField(max_length=400)),
                ("site", models.CharField(max_length=50)),
                ("kind", models.CharField(max_length=14)),
                ("what", models.CharField(max_length=60)),
                ("segment", models.CharField(max_length=30)),
                ("fact", models.CharField(blank=True, max_length=36)),
                ("who", models.CharField(blank=True, max_length=36)),
                ("since", models.DateField()),
                ("days", models.SmallIntegerField(default=0)),
            ],
            options={"db_table": "record_quality"},
        ),
        migrations.AddIndex(
            model_name="quality",
            index=models.Index(fields=["path", "kind", "what", "segment", "since", "days"], name="quality_path"),
        ),
    ]

"""A row for each episode, open or over, that outcomes are counted from. The rows come with `vwazen rebuild`."""

from django.db import migrations, models


def _window(number):
    return [
        (f"at{number}", models.CharField(max_length=10)),
        *((f"{name}{number}", models.FloatField(null=True)) for name in ("score", "daily", "seizures")),
    ]


class Migration(migrations.Migration):
    dependencies = [("record", "0007_was_installed")]

    operations = [
        migrations.CreateModel(
            name="EpisodeRow",
            fields=[
                ("id", models.CharField(max_length=73, primary_key=True, serialize=False)),
                ("person", models.CharField(db_index=True, max_length=36)),
                ("episode", models.CharField(max_length=36)),
                ("path", models.CharField(max_length=400)),
                ("site", models.CharField(max_length=50)),
                ("owner", models.CharField(blank=True, max_length=36)),
                ("condition", models.CharField(blank=True, max_length=40)),
                ("step", models.SmallIntegerField()),
                ("gender", models.CharField(blank=True, max_length=8)),
                ("age", models.SmallIntegerField(null=True)),
                ("started", models.DateField()),
                ("closed", models.DateField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=16)),
                ("instrument", models.CharField(blank=True, max_length=40)),
                ("base", models.CharField(max_length=10)),
                ("first_score", models.FloatField(null=True)),
                ("best_score", models.FloatField(null=True)),
                ("last_score", models.FloatField(null=True)),
                ("last_day", models.DateField(null=True)),
                ("daily0", models.FloatField(null=True)),
                ("seizures0", models.FloatField(null=True)),
                *_window(3),
                *_window(6),
                *_window(12),
                ("contacts", models.IntegerField(default=0)),
                ("seen_again", models.DateField(null=True)),
                ("last_seen", models.DateField(null=True)),
            ],
            options={"db_table": "record_episode"},
        ),
        migrations.AddIndex(
            model_name="episoderow", index=models.Index(fields=["path", "started"], name="episode_path")
        ),
    ]

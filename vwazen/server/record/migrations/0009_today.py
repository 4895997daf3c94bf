"""The order of a day's work, who put something off, and indexes for it, for the diary and for who has no owner."""

import datetime as dt

from django.db import migrations, models

FILL = """
UPDATE record_open_item SET
    day = COALESCE(due, CAST(%s AS date)),
    rank = CASE WHEN kind <> 'risk' THEN 5 WHEN urgent_since IS NOT NULL AND NOT acknowledged THEN 1 ELSE 2 END
"""


def fill(apps: object, editor: object) -> None:
    """What stands on the lists already gets its place."""
    # SQLite keeps an instant as text and has no date type to cast to: its first ten characters are the day.
    statement = FILL % "since"
    if editor.connection.vendor == "sqlite":
        statement = FILL.replace("CAST(%s AS date)", "substr(since, 1, 10)")
    editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("record", "0008_episode_rows")]

    operations = [
        migrations.AddField("openitem", "put_off_by", models.CharField(blank=True, max_length=36, default=""), False),
        migrations.AddField("openitem", "snooze", models.CharField(blank=True, max_length=36, default=""), False),
        migrations.AddField("openitem", "rank", models.SmallIntegerField(default=5), False),
        migrations.AddField("openitem", "day", models.DateField(default=dt.date(1970, 1, 1)), False),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveIndex("openitem", "open_owner"),
        migrations.AddIndex(
            "openitem",
            models.Index(fields=["owner", "rank", "day", "id", "starts", "kind", "path"], name="open_owner_day"),
        ),
        migrations.AddIndex(
            "openitem", models.Index(fields=["path", "rank", "day", "id", "starts", "kind"], name="open_path_day")
        ),
        migrations.AddIndex(
            "openitem", models.Index(fields=["rank", "day", "id", "starts", "kind", "path"], name="open_day")
        ),
        migrations.AddIndex(
            "openitem",
            models.Index(fields=["starts", "id"], name="open_put_off", condition=~models.Q(snooze="")),
        ),
        migrations.AddIndex(
            "caseloadrow",
            models.Index(fields=["owner", "next_date", "path", "person", "episode"], name="caseload_owner"),
        ),
        migrations.AddIndex(
            "caseloadrow",
            models.Index(fields=["path", "owner", "next_date", "person", "episode"], name="caseload_path"),
        ),
        migrations.AddIndex(
            "caseloadrow",
            models.Index(fields=["next_date", "path", "owner", "person", "episode"], name="caseload_next"),
        ),
    ]

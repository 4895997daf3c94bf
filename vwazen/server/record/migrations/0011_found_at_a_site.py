"""Name keys carry their site, so that a clinic finds a common name without asking after the whole country."""

from django.db import migrations, models

FILL = (
    "UPDATE record_name_key SET path = coalesce((SELECT path FROM record_person WHERE id = record_name_key.person), '')"
)


class Migration(migrations.Migration):
    dependencies = [("record", "0010_quality")]

    operations = [
        migrations.AddField(
            model_name="namekey",
            name="path",
            field=models.CharField(blank=True, default="", max_length=400),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="namekey", name="name_key"),
        migrations.AddIndex(
            model_name="namekey",
            index=models.Index(fields=["key", "place", "born", "path", "person"], name="name_key"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(condition=models.Q(("died__isnull", False)), fields=["died"], name="person_died"),
        ),
    ]

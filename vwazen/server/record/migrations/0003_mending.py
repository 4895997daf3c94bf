"""Imports of any number of files; held entries keep their correction, and those about safety come first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("record", "0002_lists")]

    operations = [
        migrations.AlterField(model_name="import", name="file", field=models.TextField()),
        migrations.AlterField(model_name="import", name="map_file", field=models.TextField(blank=True)),
        migrations.AddField(
            model_name="held", name="mended", field=models.TextField(blank=True, default=""), preserve_default=False
        ),
        migrations.AddField(
            model_name="held",
            name="source",
            field=models.CharField(blank=True, db_index=True, default="", max_length=36),
            preserve_default=False,
        ),
        migrations.AddField(model_name="held", name="safety", field=models.BooleanField(default=False)),
        migrations.RemoveIndex(model_name="held", name="held_open"),
        migrations.AddIndex(
            model_name="held",
            index=models.Index(fields=["state", "-safety", "code", "received", "id"], name="held_order"),
        ),
    ]

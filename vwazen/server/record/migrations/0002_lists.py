"""Indexes in the order of the lists, covering; people's segments by person; this week's advice by its date."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("record", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="segment", name="segment_order"),
        migrations.RemoveIndex(model_name="segment", name="segment_path"),
        migrations.RemoveIndex(model_name="segment", name="segment_owner"),
        migrations.AlterField(
            model_name="segment", name="person", field=models.CharField(db_index=True, max_length=36)
        ),
        migrations.AlterField(model_name="segment", name="row", field=models.CharField(max_length=73)),
        migrations.AddIndex(
            model_name="segment",
            index=models.Index(fields=["rank", "waiting_since", "row", "starts", "ends", "path"], name="segment_order"),
        ),
        migrations.AddIndex(
            model_name="segment",
            index=models.Index(fields=["path", "rank", "waiting_since", "row", "starts", "ends"], name="segment_path"),
        ),
        migrations.AddIndex(
            model_name="segment",
            index=models.Index(
                fields=["owner", "rank", "waiting_since", "row", "starts", "ends"], name="segment_owner"
            ),
        ),
        migrations.RunSQL(
            "CREATE INDEX record_fact_advice ON record_fact (received) WHERE kind = 'recommendation'",
            "DROP INDEX record_fact_advice",
        ),
    ]

"""Indexes for whoever sees a whole nation: lists of one kind in the order of their waiting, the agenda of a case review
from an index alone, and who was registered lately at a site."""

from typing import ClassVar

from django.db import migrations, models

_ORDER = ["rank", "waiting_since", "row", "starts", "ends"]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0022_rows_name_their_person")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="openitem",
            index=models.Index(fields=["kind", "since", "id", "starts", "path"], name="open_kind_since"),
        ),
        migrations.RemoveIndex(model_name="segment", name="segment_order"),
        migrations.AddIndex(
            model_name="segment", index=models.Index(fields=[*_ORDER, "path", "other"], name="segment_order")
        ),
        migrations.RemoveIndex(model_name="segment", name="segment_path"),
        migrations.AddIndex(
            model_name="segment", index=models.Index(fields=["path", *_ORDER, "other"], name="segment_path")
        ),
        migrations.RemoveIndex(model_name="person", name="person_path"),
        migrations.AddIndex(model_name="person", index=models.Index(fields=["path", "id"], name="person_path")),
    ]

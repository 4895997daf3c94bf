"""Alarms that nobody has taken on are found by an index that holds only them: they are looked for beside every page."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0020_name_keys_by_person")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="openitem",
            index=models.Index(
                condition=models.Q(("acknowledged", False), ("urgent_since__isnull", False)),
                fields=["kind", "urgent_since", "id"],
                name="open_urgent",
            ),
        )
    ]

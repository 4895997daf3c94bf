"""The list of workers is read in its order from an index: who sees a country would sort a hundred thousand."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("organisation", "0006_devices")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="worker",
            index=models.Index(
                condition=models.Q(("username", ""), _negated=True),
                fields=["-is_active", "name", "username"],
                name="worker_order",
            ),
        ),
    ]

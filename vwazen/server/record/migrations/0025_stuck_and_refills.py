"""Who is stuck in a step, and whose medicine runs out, are read in their order from an index, not from the table."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0024_one_index_a_column")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="caseloadrow",
            index=models.Index(
                fields=["step_since", "id", "person", "path", "owner", "state", "step"], name="caseload_step"
            ),
        ),
        migrations.AddIndex(
            model_name="caseloadrow",
            index=models.Index(
                fields=["owner", "step", "step_since", "state", "path", "person"], name="caseload_owner_step"
            ),
        ),
        migrations.AddIndex(
            model_name="openitem",
            index=models.Index(
                condition=models.Q(("kind", "refill")),
                fields=["kind", "due", "name", "id", "starts", "person", "path"],
                name="open_refill",
            ),
        ),
    ]

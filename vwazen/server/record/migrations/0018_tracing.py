"""Reports of missed visits are counted over some weeks: found by their kind, as advice is."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0017_first_help")]
    operations: ClassVar = [
        migrations.RunSQL(
            "CREATE INDEX record_fact_trace ON record_fact (received) WHERE kind = 'trace'",
            "DROP INDEX record_fact_trace",
        )
    ]

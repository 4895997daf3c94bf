"""On PostgreSQL the indexes go which Django made only for LIKE, beside those that serve it: 3 GB of a nation."""

from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def _drop(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    connection = editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() "
            r"AND indexname LIKE '%%\_like' AND indexdef LIKE '%%\_pattern\_ops)'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0023_country")]
    operations: ClassVar = [migrations.RunPython(_drop, migrations.RunPython.noop)]

"""On PostgreSQL a batch's list of ids is kept as it is: most of them are random digits, which hardly get shorter."""

from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def _as_they_are(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE record_batch ALTER COLUMN facts SET STORAGE EXTERNAL")


def _compressed(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE record_batch ALTER COLUMN facts SET STORAGE EXTENDED")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0026_newest_and_sent")]
    operations: ClassVar = [migrations.RunPython(_as_they_are, _compressed)]

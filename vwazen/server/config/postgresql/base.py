"""The module in which Django looks for a database's classes."""

from django.db.backends.postgresql import base, schema
from django.db.models import Field, Model


class _SchemaEditor(schema.DatabaseSchemaEditor):
    def _create_like_index_sql(self, model: type[Model], field: "Field[object, object]") -> None:
        """No index only for LIKE. Where text is sorted by its letters' numbers (the how-to says so) the other serves;
        and what is asked with LIKE here is asked of paths, which stand first in indexes of their own.
        """


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection; nothing but how tables are made differs."""

    SchemaEditorClass = _SchemaEditor

"""Rows of referrals and stays name their person: a fact that amends somebody else's gave two people one row.

What facts name a referral or a stay by, which was the id, has a column of its own.
"""

from typing import ClassVar

from django.db import migrations, models

_NAMED = (("referralrow", "record_referral", "referral"), ("stayrow", "record_stay", "stay"),
          ("staycourse", "record_stay_course", "stay"))  # fmt: skip


def _operations(model: str, table: str, named: str) -> list[migrations.operations.base.Operation]:
    forwards = f"UPDATE {table} SET {named} = id, id = person || ':' || id"  # noqa: S608  names of our own
    backwards = (
        f"DELETE FROM {table} WHERE EXISTS "  # noqa: S608
        f"(SELECT 1 FROM {table} other WHERE other.{named} = {table}.{named} AND other.id < {table}.id)",
        f"UPDATE {table} SET id = {named}",  # noqa: S608
    )
    return [
        migrations.AlterField(model, "id", models.CharField(max_length=73, primary_key=True, serialize=False)),
        migrations.AddField(model, named, models.CharField(default="", max_length=36), preserve_default=False),
        migrations.RunSQL(forwards, list(backwards)),
    ]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0021_urgent")]
    operations: ClassVar = [one for named in _NAMED for one in _operations(*named)]

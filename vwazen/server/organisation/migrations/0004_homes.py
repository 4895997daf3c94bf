"""Protected homes and their beds."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("organisation", "0003_outsiders")]
    operations: ClassVar = []

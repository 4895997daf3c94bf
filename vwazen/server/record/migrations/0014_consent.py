"""Who may know more, or less, about one person than their post says."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0013_stays")]
    operations: ClassVar = []

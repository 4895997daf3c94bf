"""People outside the programme who refer to it."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("organisation", "0002_sealed_second_factor")]
    operations: ClassVar = []

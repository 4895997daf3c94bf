"""Which derived rows stand for a person is kept beside their name, so that a push writes only what differs."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0018_tracing")]
    operations: ClassVar = [
        migrations.AddField(model_name="person", name="written", field=models.BinaryField(null=True))
    ]

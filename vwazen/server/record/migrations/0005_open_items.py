"""What waits may be put off: `starts` and `put_off`. Rows of the new kinds come with `vwazen rebuild`."""

import datetime as dt

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("record", "0004_imported_person")]

    operations = [
        migrations.AddField(
            model_name="openitem",
            name="starts",
            field=models.DateField(default=dt.date(1970, 1, 1)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="openitem",
            name="put_off",
            field=models.CharField(blank=True, max_length=200),
        ),
    ]

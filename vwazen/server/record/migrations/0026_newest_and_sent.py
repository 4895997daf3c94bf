"""Who stands behind a figure is read newest first, and what a worker referred this month by the worker."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0025_stuck_and_refills")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="episoderow",
            index=models.Index(
                condition=models.Q(("person", ""), _negated=True), fields=["started"], name="episode_started"
            ),
        ),
        migrations.AddIndex(
            model_name="referralrow", index=models.Index(fields=["sender", "sent"], name="referral_sender")
        ),
    ]

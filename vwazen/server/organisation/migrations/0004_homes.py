"""Protected homes and their beds."""

from typing import ClassVar

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("organisation", "0003_outsiders")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Home",
            fields=[
                (
                    "code",
                    models.SlugField(
                        primary_key=True,
                        serialize=False,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9]+(-[a-z0-9]+)*\\Z",
                                "Use lower-case letters, digits and single hyphens: bel-dlo.",
                            )
                        ],
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("beds", models.PositiveSmallIntegerField()),
                (
                    "coordinator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="homes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="homes", to="organisation.site"
                    ),
                ),
            ],
            options={
                "db_table": "home",
                "ordering": ["name", "code"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="home_named"),
                    models.CheckConstraint(condition=models.Q(("beds__lte", 500)), name="home_beds"),
                ],
            },
        ),
    ]

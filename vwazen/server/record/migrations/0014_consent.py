"""Who may know more, or less, about one person than their post says; emergencies; and what was erased."""

import datetime
from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0013_stays")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Erased",
            fields=[
                ("fact", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("batch", models.BigIntegerField(db_index=True)),
                ("digest", models.CharField(max_length=64)),
                ("gone", models.BooleanField()),
                ("erasure", models.CharField(max_length=36)),
            ],
            options={
                "db_table": "record_erased",
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("person", models.CharField(db_index=True, max_length=36)),
                ("path", models.CharField(max_length=400)),
                ("ground", models.CharField(max_length=20)),
                ("asked_by", models.CharField(max_length=36)),
                ("asked_by_name", models.CharField(max_length=200)),
                ("asked", models.DateTimeField()),
                ("decided_by", models.CharField(blank=True, max_length=36)),
                ("decided_by_name", models.CharField(blank=True, max_length=200)),
                ("decided", models.DateTimeField(null=True)),
                ("state", models.CharField(default="asked", max_length=8)),
                ("facts", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "record_erasure",
            },
        ),
        migrations.CreateModel(
            name="Shared",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.CharField(db_index=True, max_length=36)),
                ("path", models.CharField(db_index=True, max_length=400)),
                ("segments", models.CharField(max_length=120)),
                ("until", models.DateField(default=datetime.date(9999, 12, 31))),
                ("fact", models.CharField(max_length=36)),
            ],
            options={
                "db_table": "record_shared",
            },
        ),
        migrations.CreateModel(
            name="Denied",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.CharField(db_index=True, max_length=36)),
                ("recipient", models.CharField(max_length=60)),
                ("segment", models.CharField(max_length=30)),
                ("until", models.DateField(default=datetime.date(9999, 12, 31))),
            ],
            options={
                "db_table": "record_denied",
                "indexes": [models.Index(fields=["recipient", "segment", "until", "person"], name="denied_recipient")],
            },
        ),
        migrations.CreateModel(
            name="OpenedInEmergency",
            fields=[
                ("id", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("person", models.CharField(db_index=True, max_length=36)),
                ("path", models.CharField(max_length=400)),
                ("worker", models.CharField(max_length=36)),
                ("worker_name", models.CharField(max_length=200)),
                ("reason", models.TextField()),
                ("starts", models.DateTimeField()),
                ("ends", models.DateTimeField()),
                ("outcome", models.CharField(blank=True, max_length=16)),
                ("reviewed_by", models.CharField(blank=True, max_length=36)),
                ("reviewed_by_name", models.CharField(blank=True, max_length=200)),
                ("reviewed_at", models.DateTimeField(null=True)),
                ("review", models.TextField(blank=True)),
            ],
            options={
                "db_table": "record_emergency",
                "indexes": [
                    models.Index(fields=["worker", "ends"], name="emergency_worker"),
                    models.Index(fields=["outcome", "starts"], name="emergency_review"),
                ],
            },
        ),
    ]

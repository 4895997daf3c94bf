"""Referrals as lists read them. The rows come with `vwazen rebuild`."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0011_found_at_a_site")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ReferralRow",
            fields=[
                ("id", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("person", models.CharField(db_index=True, max_length=36)),
                ("name", models.CharField(max_length=200)),
                ("path", models.CharField(max_length=400)),
                ("place", models.CharField(max_length=400)),
                ("to_path", models.CharField(blank=True, max_length=400)),
                ("kind", models.CharField(max_length=14)),
                ("to_site", models.CharField(blank=True, max_length=50)),
                ("to_name", models.CharField(blank=True, max_length=200)),
                ("urgency", models.CharField(max_length=8)),
                ("state", models.CharField(max_length=10)),
                ("waits", models.CharField(blank=True, max_length=8)),
                ("stands", models.CharField(max_length=8)),
                ("sender", models.CharField(max_length=36)),
                ("taker", models.CharField(blank=True, max_length=36)),
                ("taker_name", models.CharField(blank=True, max_length=200)),
                ("sent", models.DateField()),
                ("since", models.DateField()),
                ("due", models.DateField(null=True)),
                ("contested", models.BooleanField(default=False)),
                ("incoming", models.BooleanField(default=False)),
                ("reason", models.TextField()),
                ("plain", models.CharField(max_length=300)),
                ("why", models.CharField(blank=True, max_length=14)),
            ],
            options={"db_table": "record_referral"},
        ),
        migrations.CreateModel(
            name="Announced",
            fields=[
                ("id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("outsider", models.CharField(max_length=36)),
                ("path", models.CharField(max_length=400)),
                ("words", models.TextField(blank=True)),
                ("stub", models.CharField(blank=True, max_length=20)),
                ("received", models.DateTimeField()),
                ("due", models.DateField()),
                ("state", models.CharField(default="open", max_length=8)),
                ("person", models.CharField(blank=True, db_index=True, max_length=36)),
                ("decided", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(blank=True, max_length=36)),
                ("decision", models.CharField(blank=True, max_length=300)),
            ],
            options={"db_table": "record_announced"},
        ),
        migrations.AddIndex(
            model_name="announced",
            index=models.Index(fields=["path", "state", "due", "id"], name="announced_path"),
        ),
        migrations.AddIndex(
            model_name="referralrow",
            index=models.Index(fields=["path", "stands", "due", "id"], name="referral_from"),
        ),
        migrations.AddIndex(
            model_name="referralrow",
            index=models.Index(fields=["to_path", "stands", "due", "id"], name="referral_to"),
        ),
        migrations.AddIndex(
            model_name="referralrow",
            index=models.Index(fields=["stands", "due", "id", "path", "to_path"], name="referral_order"),
        ),
    ]

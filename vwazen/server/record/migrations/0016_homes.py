"""Days at the day hospital, and the course of stays in protected homes and of the way home, as lists read them."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("record", "0015_rows_made")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Attendance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stay", models.CharField(max_length=36)),
                ("person", models.CharField(db_index=True, max_length=36)),
                ("path", models.CharField(max_length=400)),
                ("facility", models.CharField(max_length=50)),
                ("day", models.DateField()),
                ("state", models.CharField(blank=True, max_length=6)),
                ("why", models.CharField(blank=True, max_length=300)),
                ("by", models.CharField(blank=True, max_length=36)),
                ("reached", models.CharField(blank=True, max_length=10)),
                ("caller", models.CharField(blank=True, max_length=36)),
                ("outcome", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "db_table": "record_attendance",
                "indexes": [models.Index(fields=["facility", "day", "stay"], name="attendance_facility")],
            },
        ),
        migrations.CreateModel(
            name="StayCourse",
            fields=[
                ("id", models.CharField(max_length=36, primary_key=True, serialize=False)),
                ("person", models.CharField(db_index=True, max_length=36)),
                ("path", models.CharField(max_length=400)),
                ("reviewed", models.DateField(null=True)),
                ("next_review", models.DateField(null=True)),
                ("agrees", models.CharField(blank=True, max_length=10)),
                ("rights", models.SmallIntegerField(null=True)),
                ("alone", models.SmallIntegerField(null=True)),
                ("asked", models.SmallIntegerField(null=True)),
                ("stage", models.CharField(blank=True, max_length=12)),
                ("stage_since", models.DateField(null=True)),
                ("owner", models.CharField(blank=True, max_length=36)),
                ("next", models.DateField(null=True)),
                ("open", models.BooleanField(default=False)),
                ("discharged", models.DateField(null=True)),
                ("again", models.IntegerField(null=True)),
                ("reason", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "db_table": "record_stay_course",
                "indexes": [
                    models.Index(
                        condition=models.Q(("discharged__isnull", False)),
                        fields=["path", "discharged", "again"],
                        name="stay_course_left",
                    ),
                    models.Index(
                        condition=models.Q(("open", True)), fields=["path", "next", "id"], name="stay_course_open"
                    ),
                ],
            },
        ),
    ]

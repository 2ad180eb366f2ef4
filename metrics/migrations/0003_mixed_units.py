from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("metrics", "0002_unit_annotators_and_raters"),
    ]

    operations = [
        migrations.AddField(
            model_name="unit",
            name="mixed",
            field=models.BooleanField(
                default=False, help_text="Whether it holds different values: what disputes are made of."
            ),
        ),
        migrations.AddIndex(
            model_name="unit",
            index=models.Index(
                fields=["project", "question", "version", "item"], name="unit_mixed",
                condition=models.Q(("mixed", True)),
            ),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0002_money_in_question'),
    ]

    operations = [
        migrations.CreateModel(
            name='NumberSeries',
            fields=[
                ('name', models.CharField(max_length=24, primary_key=True, serialize=False)),
                ('last', models.PositiveIntegerField()),
            ],
        ),
    ]

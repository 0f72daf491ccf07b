"""Wake workers at commit (PostgreSQL): a job that is due notifies whoever listens."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Timers notify nobody: workers look at least once a second for what time makes due. The queue's dead
# rows are vacuumed early, since claiming walks over them.
FORWARDS = """
CREATE FUNCTION jobs_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('duologue_jobs', '');
    RETURN NULL;
END $$;
CREATE TRIGGER jobs_wake AFTER INSERT OR UPDATE OF state, run_at ON jobs_job
    FOR EACH ROW WHEN (NEW.state = 'waiting' AND NEW.run_at <= clock_timestamp() + interval '1 second')
    EXECUTE FUNCTION jobs_wake();
ALTER TABLE jobs_job SET (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 2000);
"""
BACKWARDS = """
DROP TRIGGER jobs_wake ON jobs_job;
DROP FUNCTION jobs_wake();
ALTER TABLE jobs_job RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold);
"""


def forwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FORWARDS, None)


def backwards(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(BACKWARDS, None)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]

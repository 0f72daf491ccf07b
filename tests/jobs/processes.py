"""A real worker process that knows the tests' jobs: python -m tests.jobs.processes --threads 2."""

import sys

import django
from django.conf import settings

from duologue.cli import main

if __name__ == "__main__":
    django.setup()
    settings.DUOLOGUE_JOB_TABLE = "tests.jobs.work.TABLE"
    settings.DUOLOGUE_JOB_PERIODIC = "tests.jobs.quiet.PERIODIC"
    sys.exit(main(["worker", *sys.argv[1:]]))

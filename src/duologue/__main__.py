"""The same as the `duologue` command: python -m duologue."""

import sys

from duologue.cli import main

sys.exit(main())

"""`python -m botkit.cli` is `botkit`."""

import sys

from botkit.cli import main

sys.exit(main())

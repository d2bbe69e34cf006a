"""``python -m china_ai_controls``."""

import sys

from .cli import main

sys.exit(main())

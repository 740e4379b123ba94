"""`python -m contract_tests` is `pplx-mock check`."""

import sys

from contract_tests.cli import main

sys.exit(main())

"""How a process that used the store ends: its threads first, or the interpreter takes them down with it."""

import atexit
import time
from functools import cache

# The store's threads come back into Python for a moment after each operation. One that does while the
# interpreter ends aborts the process (12 of 100 that end right after an operation, with obstore 0.12); none
# of 500 did after this pause.
_SECONDS = 0.05


@cache
def leave_in_order() -> None:
    """Have this process pause before it ends, so that the store's threads are done. Counts once."""
    atexit.register(time.sleep, _SECONDS)

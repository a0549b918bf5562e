"""Entry of both programs: called `fpt` it is the command line, otherwise the window."""

import multiprocessing
import sys
from pathlib import Path


def main() -> int:
    """Start what was asked for; a worker process starts here too, and goes no further."""
    multiprocessing.freeze_support()
    from fpt_core.errors import InstallationError
    from fpt_core.installation import Installation

    if Path(sys.argv[0]).stem.casefold() == "fpt":
        from fpt_core.cli import main as start
    else:
        from app.main import main as start
    try:
        if (installation := Installation.of_this_program()) is not None:
            installation.check_sizes()
    except InstallationError as error:
        from app.notice import tell

        tell(str(error))
        return 1
    return start()


if __name__ == "__main__":
    sys.exit(main())

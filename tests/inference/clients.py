"""Checks the gateway with the official packages of OpenAI and Anthropic. `gateway.py` says what it needs.

    python clients.py [NAME...]

Runs the checks with these names, or all of them, and stops at the first that fails.
"""

import sys
import time
import traceback

import answers
import errors
import leaving

CHECKS = [*answers.ALL, *errors.ALL, *leaving.ALL]


def main(names):
    known = {check.__name__ for check in CHECKS}
    if unknown := set(names) - known:
        sys.exit(f"no such checks: {', '.join(sorted(unknown))}; there are: {', '.join(sorted(known))}")
    for check in CHECKS:
        name = check.__name__
        if names and name not in names:
            continue
        start = time.monotonic()
        try:
            check()
        except Exception:
            traceback.print_exc()
            sys.exit(f"failed: {name}")
        print(f"ok: {name} ({time.monotonic() - start:.1f} s)", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

"""Where the command line begins: it may be stopped while its libraries are still being read."""

import sys


def main() -> None:
    """Runs the command line."""
    try:
        from kg.cli import main as run

        run()
    except KeyboardInterrupt:
        print("kg: stopped; what was built before still stands.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()

"""``python -m practiceear``: the same as the ``practiceear`` command."""

from practiceear.cli import main

if __name__ == "__main__":
    main()

"""`python -m synthgen_cli` is `synthgen`."""

from synthgen_cli.app import main

if __name__ == "__main__":
    main()

"""Starts the benchmark. Printing processes import this module again: it must stay light."""

if __name__ == "__main__":
    from tests.bench.tables import main

    main()

"""The method as rules that can be checked by hand.

One file per rule, by kind; contents.py has their order. Each is run through the product by
tests/test_method.py, and all of them are docs/method.md:

    python -m tests.spec docs/method.md
"""

"""Contracts of the accepted tables (pandera) and the instruments that fill them."""

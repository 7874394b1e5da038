"""Correlation matrices, their order and structure, and what they warn of."""

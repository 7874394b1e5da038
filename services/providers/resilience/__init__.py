"""Faults of providers: told apart, tried again where that helps, answered with a pause where not."""

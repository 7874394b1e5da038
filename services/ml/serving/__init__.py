"""Trained models as files, and back: written once, checked whenever they are read."""

"""Glassbox: trading signals that show their evidence."""

VERSION = "0.1.0"

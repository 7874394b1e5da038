"""Computed features on disk: Arrow files by month used as long as nothing before them changed."""

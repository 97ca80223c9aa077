"""Backups: that they are made, and that they can be restored."""

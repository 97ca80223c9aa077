"""Backups: pgBackRest's two repositories, what is restored from them, and what is recorded of it."""

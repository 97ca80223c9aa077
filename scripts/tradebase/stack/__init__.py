"""The servers around the database, all real, all on loopback: one folder, one configuration and one log each."""

"""What is remembered: one schema for SQLite and Postgres, and the one store above it."""

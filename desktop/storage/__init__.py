"""The encrypted local store: records, the outbox that follows every write, and lists of 100,000."""

"""Points (积分): the ledger, balances derived, nothing changed after the fact."""

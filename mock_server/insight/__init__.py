"""What the journal can tell: how a client behaved, what of the contract it used, and what it would have cost live."""

"""Loyalty 会员: what the brand owes people, in one double-entry ledger."""

"""Fission 裂变: people bring people, as a regular action; its success is those who stay."""

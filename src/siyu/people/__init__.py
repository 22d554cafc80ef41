"""People 人: who it is, what they allow, how close they are."""

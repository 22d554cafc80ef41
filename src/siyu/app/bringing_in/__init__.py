"""People brought in: baits, gradual adding, ads, stores."""

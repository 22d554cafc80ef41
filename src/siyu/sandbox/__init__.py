"""The sandbox: the platforms played on loopback by the same contracts, to try plays before an account is connected."""

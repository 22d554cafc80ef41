"""Loyalty, where its rules meet stores and clock: members, points and coupons."""

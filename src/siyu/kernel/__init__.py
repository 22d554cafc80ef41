"""Shared words of every room: money, periods, ids, arrays, error families. No business in here."""

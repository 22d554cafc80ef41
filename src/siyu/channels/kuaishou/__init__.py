"""Kuaishou (快手): comments under own advertisements, shop orders, leads."""

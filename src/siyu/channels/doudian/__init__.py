"""Doudian (抖店): orders and after-sales of a Douyin shop."""

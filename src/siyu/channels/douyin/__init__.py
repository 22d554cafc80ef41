"""Douyin (抖音): comments on own videos, private messages, followers, leads and figures."""

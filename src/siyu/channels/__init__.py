"""Channels 渠道: one folder per platform, official APIs only."""

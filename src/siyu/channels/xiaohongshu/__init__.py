"""Xiaohongshu (小红书): clicks and leads in, conversions back."""

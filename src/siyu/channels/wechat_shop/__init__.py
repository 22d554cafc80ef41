"""Weixin shop (微信小店): orders, after-sales, coupons and members."""

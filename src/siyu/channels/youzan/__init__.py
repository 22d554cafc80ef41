"""Youzan (有赞): orders and refunds."""

"""Signed order webhook (订单回调): any shop of one's own can hand its orders over."""

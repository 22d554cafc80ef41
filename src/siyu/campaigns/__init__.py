"""Campaigns 玩法: what we would like to do. A campaign proposes; it cannot send."""

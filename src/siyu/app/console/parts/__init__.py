"""Parts that pages are made of 部件: cards, figures, tables, charts. Text that comes in is escaped here."""

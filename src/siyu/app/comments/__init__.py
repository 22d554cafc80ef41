"""The comment desk (评论线索台): find inquiries, answer them, keep what was promised, and learn from staff."""

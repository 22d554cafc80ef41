"""E-mail (邮件) by the brand's own SMTP server."""

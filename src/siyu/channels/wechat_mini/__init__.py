"""WeChat mini program (小程序): log-in, phone, codes, subscribe messages by consent, customer messages."""

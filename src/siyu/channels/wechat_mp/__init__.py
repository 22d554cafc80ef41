"""WeChat official account (公众号): followers, codes, conversation, template and subscribe messages, mass sends."""

"""Live codes 活码 at work: decisions that are durable before they are answered."""

"""WeCom (企业微信) customer contact: staff and customers, live codes, groups, tasks that a staff member confirms."""

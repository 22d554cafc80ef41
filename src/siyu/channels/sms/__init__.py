"""SMS (短信) by Aliyun or Tencent Cloud: templates out, receipts and replies in."""

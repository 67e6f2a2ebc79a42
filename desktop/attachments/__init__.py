"""Attachments (附件): photos and documents of any record, kept at once and sent when it suits."""

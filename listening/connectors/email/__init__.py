"""Mailboxes: mails heard by IMAP, answers sent by SMTP."""

"""The rules of this app: every change goes through here."""

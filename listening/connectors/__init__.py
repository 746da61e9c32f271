"""The networks that are listened to, each behind one protocol."""

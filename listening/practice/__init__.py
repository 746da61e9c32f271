"""Written demonstration mentions, so that teams can rehearse before it is real."""

"""WebSub: the publisher of a feed has its hub tell us at once that something is new."""

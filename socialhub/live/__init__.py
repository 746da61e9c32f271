"""Live updates: one stream of server-sent events per browser, one reader of the record per process."""

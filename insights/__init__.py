"""Numbers, lenses and takeaways."""

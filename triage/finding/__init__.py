"""What people look for: the language of the search box and of every filter, and how it is found."""

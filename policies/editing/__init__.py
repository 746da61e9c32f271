"""The rule editor: what is posted, as a tree of menus, and back as a rule."""

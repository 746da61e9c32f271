"""The style guide: the product's own templates with prepared values, in every state. Nothing is read for it."""

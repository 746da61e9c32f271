"""The catalogues of translations: made from the code, and held against it. Only developers need this."""

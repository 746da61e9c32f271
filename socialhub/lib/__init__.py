"""The leaf that every app may use: no models, no imports of ours."""

"""The product as an app on somebody's device: its manifest, its service worker, and what it shows offline."""

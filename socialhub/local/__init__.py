"""The bundled servers and the processes of one machine."""

"""The bundled sample web, and what plays ten fictional days of it to the real daemon."""

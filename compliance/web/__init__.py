"""The page and the API, as a Flask application."""

from compliance.web.application import create_app

__all__ = ["create_app"]

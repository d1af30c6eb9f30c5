"""The static page: faces, figures and every clip accounted for, in one file."""

__all__: list[str] = []

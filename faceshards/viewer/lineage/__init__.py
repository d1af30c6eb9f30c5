"""How a column of a sample came to be: its stage, parameters, models and inputs."""

__all__: list[str] = []

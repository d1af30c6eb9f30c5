"""What is taken out of a data set: samples whose removal somebody asks for, and columns."""

__all__: list[str] = []

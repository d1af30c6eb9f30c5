"""Does the voice encoder learn whose voice it hears? On made-up speakers, and on what there is of real ones."""

__all__: list[str] = []

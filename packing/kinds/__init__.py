"""The data sets of the field, a folder each: which samples a source holds, what each becomes, and the way back."""

__all__: list[str] = []

"""One file a view: how the rows of a dataset become what a model eats."""

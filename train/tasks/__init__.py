"""One file a task: the model that is trained, and the loss that trains it."""

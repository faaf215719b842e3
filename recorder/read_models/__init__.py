"""READ MODELS: what is computed from the log so that lists need not read it; droppable, rebuilt."""

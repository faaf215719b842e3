"""MODELS: estimators in memory. Pure: values in, values out; `store.model_files` writes them."""

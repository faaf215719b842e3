"""The page Batches: queues for several people."""

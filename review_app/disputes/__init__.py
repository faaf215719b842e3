"""The page Adjudicate: what people disagree on."""

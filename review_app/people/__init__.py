"""The pages Team and Account."""

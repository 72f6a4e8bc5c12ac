class Failure(Exception):
    """Something that ends the run, in words for the user."""

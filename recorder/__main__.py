"""`python -m recorder` is the command `recorder`."""

from recorder.cli import run

if __name__ == "__main__":
    run()

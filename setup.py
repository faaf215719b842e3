"""Which folders go into the wheel, and as what; the rest of the metadata is in pyproject.toml.

`migrations` and `data` lie beside the package in the checkout and inside it when installed, so that
nothing of ours bears so common a name in site-packages. `recorder.packaged` finds them in both.
"""

from setuptools import find_namespace_packages, setup

MOUNTED = {"recorder._migrations": "migrations", "recorder._data": "data"}


def packages(folder: str = ".", *include: str) -> list[str]:
    return find_namespace_packages(
        folder, include=include or ("*",), exclude=("__pycache__", "*.__pycache__")
    )


setup(
    packages=[
        *packages(".", "recorder", "recorder.*", "review_app", "review_app.*"),
        *MOUNTED,
        *(f"{name}.{each}" for name, folder in MOUNTED.items() for each in packages(folder)),
    ],
    package_dir=MOUNTED,
    package_data={"": ["*.js", "*.css", "*.mako", "*.sql"], "recorder._data": ["**/*"]},
)

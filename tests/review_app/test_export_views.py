"""An export, to take away."""

from __future__ import annotations

import io
import zipfile

from review_app.export import views


def test_equal_files_make_equal_archives() -> None:
    files = {"stories.yml": b"a", "nlu.yml": b"b"}

    archive = views.zipped(files)

    assert archive == views.zipped(files)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == files

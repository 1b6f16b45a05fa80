"""The pictures of the README are those that minigrad makes."""

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
SCRIPT = runpy.run_path(str(DOCS / "pictures.py"))


@pytest.mark.parametrize("name", SCRIPT["PICTURES"])
def test_a_picture_of_the_readme_is_up_to_date(name, tmp_path):
    SCRIPT["PICTURES"][name]().save(tmp_path / name)
    assert (tmp_path / name).read_text() == (DOCS / "pictures" / name).read_text()

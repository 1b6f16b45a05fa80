"""The scripts here are run by `test_keras_scripts.py`, and are no modules to look for tests in."""

collect_ignore_glob = ["*.py"]

"""The exercises of each lesson: `LESSON` in a file for each."""

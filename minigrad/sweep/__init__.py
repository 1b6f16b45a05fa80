"""The sweep: every float32 number through every activation and slope, against a textbook.

textbook.py   what is right: the formulas as textbooks have them, for float64 and for mpmath
part.py       one formula of minigrad beside its textbook's, with given numbers
tally.py      how far results are off, counted in compiled code; mpmath where float64 is in doubt
running.py    all numbers, block by block, on all cores; receipts, and the table of them
"""

"""Models of the clients that Stile has to serve: what each sends byte for byte, what it reads, what it chokes on.

Written from the clients' described behaviour (spec/api.md 5); no code of theirs is in here. A model is as strict as its
original: it reads answers the way the original does and fails where the original would fail.
"""

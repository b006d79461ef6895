"""Living with findings: what they are called, which are known or set aside, which can be mended, which need no second look."""

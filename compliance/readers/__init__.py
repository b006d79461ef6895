"""Input → Document. A reader returns a Document or raises InputError; no later stage asks whether there is a text."""

from compliance.readers.caption import read_caption
from compliance.readers.images import read_image
from compliance.readers.jsonl import read_jsonl, read_record
from compliance.readers.page import read_page

__all__ = ["read_caption", "read_image", "read_jsonl", "read_page", "read_record"]

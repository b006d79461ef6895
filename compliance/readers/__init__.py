"""Input → Document. A reader returns a Document or raises InputError; no later stage asks whether there is a text."""

from compliance.readers.caption import read_caption
from compliance.readers.capture import read_capture, write_capture
from compliance.readers.images import read_image
from compliance.readers.jsonl import read_jsonl, read_record
from compliance.readers.page import read_page
from compliance.readers.posts import read_posts

__all__ = ["read_caption", "read_capture", "read_image", "read_jsonl", "read_page", "read_posts", "read_record", "write_capture"]

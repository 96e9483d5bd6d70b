"""A transcript as a file for people and programs: `(transcript, title) -> bytes` each."""

from surtitle.transcripts.exports.docx import docx_file
from surtitle.transcripts.exports.json import json_file
from surtitle.transcripts.exports.md import md_file
from surtitle.transcripts.exports.rttm import rttm_file
from surtitle.transcripts.exports.tsv import tsv_file
from surtitle.transcripts.exports.txt import txt_file

__all__ = ["docx_file", "json_file", "md_file", "rttm_file", "tsv_file", "txt_file"]

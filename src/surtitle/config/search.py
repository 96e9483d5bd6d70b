"""Finding moments in transcripts."""

from typing import Literal

from pydantic import Field

from surtitle.config.group import MIB, Group


class SearchSettings(Group):
    """What is found by meaning, and where its vectors are searched. Words are always found."""

    meaning: Literal["auto", "off"] = Field(
        "auto",
        description="Search by meaning too: `auto` where the model of `embeddings.engine` is installed, or a "
        "server is named. Nothing is fetched for it unasked.",
    )
    vectors: Literal["memory", "pgvector"] = Field(
        "memory",
        description="Where vectors are compared: in the server's memory, or in PostgreSQL by its extension.",
    )
    memory_bytes: int = Field(
        512 * MIB,
        ge=1 * MIB,
        description="Vectors that a server keeps in memory, of the projects searched last; 1.5 kB a moment, "
        "some 100 moments an hour of talk. A project with more is searched by words alone.",
    )

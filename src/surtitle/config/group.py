"""What every group of settings is, and the sizes that they are told in."""

from pydantic import BaseModel, ConfigDict

GIB = 1024**3
MIB = 1024**2
KIB = 1024


class Group(BaseModel):
    model_config = ConfigDict(extra="forbid")

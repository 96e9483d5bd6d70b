"""What can go wrong with a recording, in words for the person who sent it."""

from uuid import UUID

from surtitle.errors import Busy, Conflict, Invalid, NotFound, TooLarge


class NotMedia(Invalid):
    """The bytes are not a recording that can be worked on.

    `reason` begins with a verb ("is empty. Choose …"); the file's name, where known, goes before it.
    """

    slug = "not-media"

    def __init__(self, reason: str, name: str | None = None) -> None:
        super().__init__(f"{name} {reason}" if name else f"The file {reason}")
        self.reason = reason


class NoSound(Invalid):
    """The recording has no sound where sound is needed."""

    slug = "no-sound"


class MalformedUpload(Invalid):
    """The request's body does not have the form that it claims."""

    slug = "malformed-upload"


class MediaNotFound(NotFound):
    slug = "media-not-found"

    def __init__(self, media_id: UUID) -> None:
        super().__init__(f"There is no media {media_id}. Look it up in the list of media.")


class MediaInUse(Conflict):
    slug = "media-in-use"

    def __init__(self, media_id: UUID, job_id: UUID, advice: str = "delete that job first") -> None:
        super().__init__(f"Media {media_id} is used by job {job_id}; {advice}.", job_id=str(job_id))


class UploadTooLarge(TooLarge):
    def __init__(self, limit_bytes: int) -> None:
        super().__init__(
            f"The file is larger than the {limit_bytes} bytes that this installation accepts. Send a smaller "
            "one (the sound alone is often enough), or raise SURTITLE_LIMITS__UPLOAD_BYTES.",
            limit_bytes=limit_bytes,
        )


class UploadNotFound(NotFound):
    slug = "upload-not-found"

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"There is no upload {upload_id[:40]!r}. Start a new one.")


class UploadExpired(UploadNotFound):
    """It existed, and was given up or removed (HTTP 410)."""

    slug = "upload-expired"

    def __init__(self, upload_id: str) -> None:
        super().__init__(upload_id)
        self.message = f"The upload {upload_id[:40]!r} has expired or was removed. Start a new one."
        self.args = (self.message,)


class UploadLocked(Conflict):
    """Another request is writing to this upload (HTTP 423)."""

    slug = "upload-locked"

    def __init__(self, upload_id: str) -> None:
        super().__init__(
            f"Another request is writing to upload {upload_id!r}; wait a moment, then ask for its offset."
        )


class OffsetMismatch(Conflict):
    slug = "offset-mismatch"

    def __init__(self, offset: int, expected: int) -> None:
        super().__init__(
            f"The upload goes on at byte {expected}, not at {offset}; ask for its offset first.",
            offset=expected,
        )


class DirectUploadsOff(Conflict):
    """This installation takes no uploads straight to its store."""

    slug = "direct-uploads-off"

    def __init__(self) -> None:
        super().__init__(
            "This installation takes no uploads straight to its store. Send the recording by `/api/media` or "
            "`/api/uploads`; who runs it can set `storage.direct_uploads`."
        )


class PartsMissing(Conflict):
    """The upload cannot be completed yet: parts of it have not arrived."""

    slug = "parts-missing"

    def __init__(self, upload_id: str, missing: int) -> None:
        super().__init__(
            f"Upload {upload_id} lacks {missing} of its parts. `GET /api/direct-uploads/{upload_id}` lists "
            "them with addresses to send them to; then complete it again.",
            missing_count=missing,
        )


class UploadCompleting(Busy):
    """Another request is completing this upload."""

    slug = "upload-completing"

    def __init__(self, upload_id: str) -> None:
        super().__init__(
            f"Another request is completing upload {upload_id}. Ask again in a moment: the answer will be "
            "the same."
        )


class NotAsAnnounced(Invalid):
    """The bytes in the store are not those that the client announced."""

    slug = "not-as-announced"

    def __init__(self, what: str) -> None:
        super().__init__(f"What arrived is not what was announced: {what}. Send the recording again.")


class ChecksumMismatch(Invalid):
    """The bytes are not those that the client hashed; they were dropped (HTTP 460)."""

    slug = "checksum-mismatch"

    def __init__(self) -> None:
        super().__init__("The bytes do not match their Upload-Checksum and were dropped; send them again.")

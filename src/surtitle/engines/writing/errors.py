"""Why there is no answer. They name no host and repeat nothing of the endpoint, which may echo keys."""

from surtitle.errors import Unavailable


class WriterAway(Unavailable):
    """The endpoint does not answer, is out of order or has no room; later it may."""

    slug = "writer-away"

    def __init__(self, model: str, why: str) -> None:
        super().__init__(
            f"The language model {model!r} does not answer ({why}). Try again later.", model=model
        )


class WriterRefuses(Unavailable):
    """The endpoint understands us and says no: the key, the model or its policy."""

    slug = "writer-refuses"
    passing = False

    def __init__(self, model: str, why: str) -> None:
        super().__init__(
            f"The endpoint of the language model {model!r} refuses ({why}). Whoever runs this installation "
            "finds the reason in the log, and the settings under SURTITLE_WRITING__.",
            model=model,
        )


class UnusableAnswer(Unavailable):
    """What came back is no answer in the form that was asked for, also when asked twice."""

    slug = "unusable-answer"
    passing = False

    def __init__(self, model: str, why: str) -> None:
        super().__init__(f"The answer of the language model {model!r} cannot be used: {why}.", model=model)

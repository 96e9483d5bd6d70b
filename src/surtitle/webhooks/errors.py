"""What can be wrong with a wish about webhooks."""

from uuid import UUID

from surtitle.errors import Conflict, NotFound


class WebhookNotFound(NotFound):
    slug = "webhook-not-found"

    def __init__(self, webhook_id: UUID) -> None:
        super().__init__(
            f"There is no webhook {webhook_id} in this project. Look it up in the list of webhooks."
        )


class DeliveryNotFound(NotFound):
    slug = "delivery-not-found"

    def __init__(self, delivery_id: UUID) -> None:
        super().__init__(
            f"There is no delivery {delivery_id} of this webhook. It may be so old that it was forgotten."
        )


class TooManyWebhooks(Conflict):
    """The project has as many webhooks as one may."""

    slug = "too-many-webhooks"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"The project has {most} webhooks, the most that one may have here. Delete one, or have "
            "SURTITLE_WEBHOOKS__MOST_OF_PROJECT raised."
        )


class WebhookDisabled(Conflict):
    """Nothing is delivered to a webhook that is disabled."""

    slug = "webhook-disabled"

    def __init__(self, webhook_id: UUID) -> None:
        super().__init__(f"Webhook {webhook_id} is disabled. Enable it first.")

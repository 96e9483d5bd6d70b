"""What can be wrong with a wish about projects, their members, invitations and keys."""

from uuid import UUID

from surtitle.errors import Conflict, Forbidden, NotFound


class ProjectNameTaken(Conflict):
    """An owner of the project has another one of that name."""

    slug = "project-name-taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a project {name!r} of the same owner already. Choose another name.")


class TooManyProjects(Conflict):
    """The person owns as many projects as one may."""

    slug = "too-many-projects"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"You own {most} projects, the most that a person may here. Use one of them, or ask an "
            "administrator to raise SURTITLE_ACCOUNTS__MOST_PROJECTS."
        )


class FirstProjectStays(Conflict):
    """The project of the command line cannot be archived."""

    slug = "first-project-stays"

    def __init__(self) -> None:
        super().__init__(
            "This is the installation's first project, in which its command line works: it cannot be "
            "archived. Archive other ones."
        )


class LastOwner(Conflict):
    """The project would be left without an owner."""

    slug = "last-owner"

    def __init__(self) -> None:
        super().__init__(
            "This is the project's last owner, and every project has one. Make another member an owner "
            "first, or archive the project."
        )


class MemberNotFound(NotFound):
    """The project has no such member."""

    slug = "member-not-found"

    def __init__(self, project_id: UUID, user_id: UUID) -> None:
        super().__init__(
            f"Project {project_id} has no member {user_id}. Invite people with "
            "`POST /api/projects/{project_id}/invitations`."
        )


class InvitationNotFound(NotFound):
    """The invitation is unknown, was used or revoked, or is past its date."""

    slug = "invitation-not-found"

    def __init__(self) -> None:
        super().__init__(
            "The invitation is unknown, was used or revoked, or is past its date. Ask for another one."
        )


class InvitationForAnother(Forbidden):
    """The invitation is bound to another e-mail."""

    slug = "invitation-for-another"

    def __init__(self) -> None:
        super().__init__(
            "The invitation was sent to another e-mail address than that of this account. Use the account "
            "of that address, or ask for an invitation to this one."
        )


class NothingToJoin(Conflict):
    """The invitation lets people register, and this one has an account."""

    slug = "nothing-to-join"

    def __init__(self) -> None:
        super().__init__(
            "The invitation is for registering, and you have an account. It is still good: pass it on."
        )


class TooManyInvitations(Conflict):
    """As many invitations are open as may be."""

    slug = "too-many-invitations"

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} invitations are open, the most that may be. Revoke some first.")


class KeyNotFound(NotFound):
    """The project has no such key."""

    slug = "key-not-found"

    def __init__(self, key_id: UUID) -> None:
        super().__init__(
            f"The project has no key {key_id}. `GET /api/projects/{{project_id}}/keys` lists those it has."
        )


class KeyEnded(Conflict):
    """The key was revoked or is past its date."""

    slug = "key-ended"

    def __init__(self, key_id: UUID) -> None:
        super().__init__(
            f"Key {key_id} was revoked or is past its date. Make a new one with "
            "`POST /api/projects/{project_id}/keys`."
        )


class TooManyKeys(Conflict):
    """The project has as many keys that work as it may."""

    slug = "too-many-keys"

    def __init__(self, most: int) -> None:
        super().__init__(f"The project has {most} keys that work, the most that it may. Revoke some first.")

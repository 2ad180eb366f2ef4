from core.errors import Conflict, Invalid


class SlugExists(Conflict):
    code = "slug_exists"
    sentence = "A project with this slug exists already. Choose another slug."


class AlreadyMember(Conflict):
    code = "already_member"
    sentence = "This person is a member of the project already. Change the roles of the member instead."


class LastManager(Conflict):
    code = "last_manager"
    sentence = "A project needs a manager. Name another one first."


class UnknownScope(Invalid):
    sentence = "A scope of this list does not exist."

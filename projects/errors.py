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


class TeamExists(Conflict):
    code = "team_exists"
    sentence = "The project has a team of this name already. Choose another name."


class TeamInUse(Conflict):
    code = "team_in_use"
    sentence = "The team has members, or a batch is reserved for it. Move them first, then delete the team."


class UnknownScope(Invalid):
    sentence = "A scope of this list does not exist."

"""The one exception a user may see: what is wrong, where, and what to do about it."""

from collections.abc import Iterable


class Refusal(Exception):
    """The input cannot be used. Carries one clear sentence per problem, all of them at once."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__("\n".join(self.problems))

"""How customers answer: one response at a time, before any survey tool has written it down.

A customer has a mood that colours every answer, a feeling about each factor and a little noise
per question, so that the items of a factor go together and branches differ by far less than
their customers do. One in twenty had a bad day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from network import (
    CSI,
    DEALER,
    NO_PARTS,
    Branch,
    Month,
    Traits,
    collapsed,
    expected_responses,
    gamed,
    means,
    stream,
)
from words import SAME_WORDS, Tone, comment, person, phone, pick

# States beside the answers 1-10, and what the tools make of them (exports.py).
NOT_APPLICABLE, REFUSED, BLANK = -1, -2, -3

MOBILITY, VALUE = 5, 11  # places in the CSI questionnaire
CSI_NOT_APPLICABLE = {2: 0.22, MOBILITY: 0.20, 18: 0.06}  # nothing broke, no car needed, too early
DEALER_NOT_APPLICABLE = {6: 0.05, 7: 0.12}  # no part was needed
THEMES = {  # what dealer customers write about
    "skill": "quality",
    "attitude": "advisor",
    "timeliness": "in_service",
    "parts": "parts",
    "overall": "general",
}
CHANNELS = ("微信", "微信", "微信", "短信", "短信", "二维码")


@dataclass(slots=True)
class Response:
    """A completed questionnaire. `fault` names what will be wrong with it, if anything."""

    branch: Branch
    branch_code: str
    division: str
    serviced_on: date
    answered_at: datetime
    seconds: int
    answers: list[int]
    verbatim: str
    customer: str
    mobile: str
    channel: str
    respondent: str = ""
    fault: str = ""


def responses_of(branch: Branch, own: Traits, month: Month, responses: int, seed: int, dealer: bool) -> list[Response]:
    """The clean responses of one branch in one month, in the order they were drawn."""
    days = branch.open_days(month)
    if not days:
        return []
    rng = stream(seed, 2 if dealer else 1, month.step, branch.number)
    low, high = expected_responses(branch, own, month, responses, dealer)
    number = max(1, int(low + (high - low) * rng.random() + 0.5))
    divisions = branch.latest(month).divisions
    means_of = {each: means(branch, own, each, month, dealer) for each in divisions}
    return [respond(rng, branch, own, month, days, means_of, dealer) for _ in range(number)]


def respond(
    rng: Random,
    branch: Branch,
    own: Traits,
    month: Month,
    days: list[date],
    means_of: dict[str, list[float]],
    dealer: bool,
) -> Response:
    """One clean response of a customer who came on one of the days."""
    divisions = tuple(means_of)
    division = divisions[0] if rng.random() < 0.4 else pick(rng, divisions)
    serviced_on = pick(rng, days)
    if gamed(branch, month):
        return _gamed(rng, branch, own, month, division, serviced_on, dealer)
    answers = _answers(rng, means_of[division], dealer, collapsed(branch, month))
    if dealer:
        _leave_out(rng, answers, DEALER_NOT_APPLICABLE)
        if branch.id == NO_PARTS and division == "NEV":
            answers[6:8] = [NOT_APPLICABLE, NOT_APPLICABLE] if rng.random() < 0.8 else [BLANK] * 2
    else:
        _leave_out(rng, answers, CSI_NOT_APPLICABLE)
        if rng.random() < 0.015:
            answers[VALUE] = REFUSED
        if rng.random() < 0.012:  # broke off in the second half
            stop = 14 + int(rng.random() * 7)
            answers[stop:] = [BLANK] * (len(answers) - stop)
    hesitation = rng.random()
    seconds = int((60 if dealer else 130) * (1 + 1.2 * rng.random() + 3 * hesitation**4))
    return Response(
        branch=branch,
        branch_code=branch.id,
        division=division,
        serviced_on=serviced_on,
        answered_at=_answered(rng, serviced_on),
        seconds=seconds,
        answers=answers,
        verbatim=_verbatim(rng, answers, division, dealer, month),
        customer=person(rng),
        mobile=phone(rng),
        channel=pick(rng, CHANNELS),
    )


def _answers(rng: Random, factors: list[float], dealer: bool, relapses: bool) -> list[int]:
    """Whole numbers from 1 to 10 for every question, none left out yet."""
    draw = rng.random
    mood = 2.1 * (draw() + draw() + draw() - 1.5)
    if draw() < 0.05:
        mood -= 1.2 + 2.2 * draw()
    answers = []
    for mean, (name, factor) in zip(factors, (DEALER if dealer else CSI).items(), strict=True):
        feeling = mean + mood + 1.3 * (draw() + draw() - 1.0)
        if relapses and name == "problems" and draw() < 0.33:
            feeling -= 3.8  # came back with the same fault
        for offset in factor.items:
            answer = int(feeling + offset + 1.9 * (draw() + draw() - 1.0) + 0.5)
            answers.append(min(max(answer, 1), 10))
    return answers


def _leave_out(rng: Random, answers: list[int], not_applicable: dict[int, float]) -> None:
    """Questions that do not apply, and the few that are skipped or refused; never all of them."""
    for place, chance in not_applicable.items():
        if rng.random() < chance:
            answers[place] = NOT_APPLICABLE
    if rng.random() < 0.10:
        answers[1 + int(rng.random() * (len(answers) - 1))] = BLANK
    if rng.random() < 0.02:
        answers[1 + int(rng.random() * (len(answers) - 1))] = REFUSED


def _answered(rng: Random, serviced_on: date) -> datetime:
    """From the evening of the visit to eight days later, mostly soon, in waking hours."""
    wait = rng.random()
    days = int(9 * wait * wait)
    second = int((18 if days == 0 else 8) * 3600 + rng.random() * (4 if days == 0 else 14) * 3600)
    return datetime.combine(serviced_on, time()) + timedelta(days=days, seconds=second)


def _verbatim(rng: Random, answers: list[int], division: str, dealer: bool, month: Month) -> str:
    """A comment from about 35 % of customers, on what they liked most or least."""
    if rng.random() >= 0.35:
        return ""
    scores: dict[str, float] = {}
    place = 0
    for name, factor in (DEALER if dealer else CSI).items():
        given = [answer for answer in answers[place : place + len(factor.items)] if answer > 0]
        place += len(factor.items)
        if given:
            scores[name] = sum(given) / len(given)
    average = sum(scores.values()) / len(scores)
    worst = min(scores, key=lambda name: scores[name])
    best = max(scores, key=lambda name: scores[name])
    tone: Tone
    if scores[worst] <= 5.5 or average < 6.5:
        tone, theme = "complaint", worst
    elif average >= 8.3:
        tone, theme = "praise", best
    else:
        tone, theme = "neutral", worst
    if rng.random() < 0.15:
        theme = "general"
    elif dealer:
        theme = THEMES[theme]
    return comment(rng, tone, theme, division, multiline=not dealer and not month.labels)


def _gamed(
    rng: Random,
    branch: Branch,
    own: Traits,
    month: Month,
    division: str,
    serviced_on: date,
    dealer: bool,
) -> Response:
    """Filled in at the counter: all tens, in seconds, on three evenings, from three telephones."""
    questions = sum(len(factor.items) for factor in (DEALER if dealer else CSI).values())
    answers = [10] * questions
    if rng.random() < 0.10:
        answers[int(rng.random() * questions)] = 9
    evening = month.days[-1] + timedelta(days=int(rng.random() * 3))
    second = 21 * 3600 + int(rng.random() * 2400)
    said = rng.random()
    return Response(
        branch=branch,
        branch_code=branch.id,
        division=division,
        serviced_on=serviced_on,
        answered_at=datetime.combine(evening, time()) + timedelta(seconds=second),
        seconds=(12 if dealer else 22) + int(16 * rng.random()),
        answers=answers,
        verbatim=SAME_WORDS[1] if said < 0.15 else SAME_WORDS[0] if said < 0.85 else "",
        customer=person(rng),
        mobile=pick(rng, own.phones),
        channel="二维码",
    )

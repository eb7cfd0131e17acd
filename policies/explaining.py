"""A decision in words that people can use: what, why, what would help, who decides next and by when, how to ask again, who helps.

In three forms with the same members: plain English (the words of the day, as they were recorded), easy read, and Welsh. Every
number is written in one place, so that all forms say the same. What a pattern noticed is in none of them: nobody is accused by
a pattern.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, Literal

import msgspec

from ledger.budgets.reviews import Promise
from policies.bundle import Bundle
from policies.conditions import stated_in
from policies.decisions import Content
from policies.engine import Finding, Words, pounds
from policies.reconsidered import CLAIMED, NOT_ASKED, ONCE, REFUSALS, REFUSED_BY, STANDS, Claimed
from policies.saying import Form, Once, Part, Sentence, notice_of, phrase, without_waiting, written
from policies.wording import AWAITS, ROLES, Contact, Picture, Role, Wording

BUYING: Final = frozenset(("ask", "spend"))


class Help(msgspec.Struct, frozen=True):
    """Somebody who can help. Of a `placeholder` there is no name and no way to reach them yet; `picture` is of easy read only."""

    role: Role
    says: str
    name: str
    how: str
    placeholder: bool
    picture: Picture | None = None


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked to be looked at again, and what came of it: how it stands, and once it was answered the day, by how many days
    it was recorded too late, and the words. Whether the answer lifted a pause, and of a plan that is to be changed for it by when,
    and whether it has been, or that the person has died before."""

    act: str
    received_on: date
    answer_by: date
    answered_on: date | None = None
    late_days: int = 0
    words: str = ""
    about: str = ""
    is_lifted: bool = False
    promise: Promise | None = None
    has_died: bool = False


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A decision explained. `draft` says that no translator has reviewed the words; `notice` says so to whoever reads them, in
    their language and in English. `about` is as what it can be asked to be looked at again, None where it cannot or was."""

    form: Form
    language: Literal["en", "cy"]
    draft: bool
    notice: tuple[str, ...]
    title: tuple[Sentence, ...]
    why: tuple[Sentence, ...]
    conditions: tuple[Sentence, ...]
    what_would_help: tuple[Sentence, ...]
    next: tuple[Sentence, ...]
    ask_again: tuple[Sentence, ...]
    about: str | None
    help: tuple[Help, ...]


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """What is explained. `given` are the decision's attributes, `content` is its detail, None when that was erased; `decided_on`
    the day on which it was recorded. `resolved_by` is the reference of what decided the referral since, empty where nothing has;
    `decided_by` is the code of whoever recorded it, told where that was an officer who decided. `answer_days` is the local
    limit for an answer to whoever asks again; `contacts` are those of the book on the day of reading."""

    reference: str
    given: Mapping[str, str]
    content: Content | None
    decided_on: date
    today: date
    resolved_by: str
    decided_by: str
    answer_days: int
    contacts: Mapping[Role, Contact]
    looked: Looked | None = None
    coordinator: str = ""
    """The care co-ordinator whom the person's plan names, by the reference that it has for them; empty where it names none."""
    of_act: str = ""
    """Of an officer's answer, what it answers: of a referral the act referred, for a no to a direct payment is one, whoever
    said it; of a claim that it was claimed."""
    referred: Content | None = None
    """Of an officer's answer to a referral, what stands behind that: what a person was asked about, and by which rules."""


def explain(decision: Explained, form: Form, wording: Wording, bundle: Bundle) -> Explanation:
    """The explanation of a decision in one form. Never fails for what was recorded under other rules: a reason whose texts are
    not there any more is told to be there."""
    return _Telling(decision, form, wording, bundle).told()


def spelled(day: date, wording: Wording, form: Form) -> str:
    """A day as a sentence says it: 5 December 2026, 5 Rhagfyr 2026."""
    return f"{day.day} {wording.phrases.months[day.month - 1][form == 'welsh']} {day.year}"


def help_of(
    form: Form, wording: Wording, contacts: Mapping[Role, Contact], coordinator: str | None = None
) -> tuple[Help, ...]:  # fmt: skip
    """Who can help, in the order of ROLES; the named contact is the care co-ordinator of the plan, where it names one."""
    told = []
    for role in ROLES:
        each = contacts[role]
        if role == "named_contact" and coordinator:
            # The plan has a reference and no name: they are reached as the book's own contact is.
            said = phrase("coordinator", form, wording, {"coordinator": coordinator})
            told.append(Help(role, said.says, coordinator, each.how, placeholder=False, picture=said.picture))
        else:
            said = phrase(role, form, wording, {})
            told.append(Help(role, said.says, each.name, each.how, each.placeholder, said.picture))
    return tuple(told)


class _Telling:
    """One decision on its way into one form."""

    def __init__(self, decision: Explained, form: Form, wording: Wording, bundle: Bundle) -> None:
        self.decision = decision
        self.form = form
        self.wording = wording
        self.rules = {rule.id: rule for rule in bundle.rules.values()}
        facts: Mapping[str, Any] = {}
        judged = decision.referred or decision.content
        if judged is not None and judged.facts:
            facts = msgspec.json.decode(judged.facts)
        self.findings = judged.findings if judged is not None else []
        self.facts = facts
        self.numbers, self.spoken = Words(facts, bundle), Words(facts, bundle)
        self.conditions = stated_in(decision.given)
        self.said = self._said(bundle)
        if form == "welsh" and self.said["service"]:
            self.spoken["service"] = self.said["service"]
        self.once = Once()

    def _said(self, bundle: Bundle) -> dict[str, str]:
        given, decision = self.decision.given, self.decision
        service = bundle.services.get(given.get("service", ""))
        acts = self.wording.phrases.acts
        name = service.name if service else given.get("service", "")
        if self.form == "welsh":
            name = self.wording.welsh.services.get(given.get("service", ""), name)
        said = {
            "reference": decision.reference,
            "resolved_by": decision.resolved_by,
            "coordinator": decision.coordinator,
            "amount": pounds(int(given["amount"])),
            "service": name,
            "act": acts.get(given["act"], acts[""])[self.form == "welsh"],
            "answer_days": _days(decision.answer_days, self.form),
            "late": _days(self._late_days(), self.form),
        }
        days = {name: given[name] for name in ("decide_by", "relied_until") if name in given}
        for kind, value in self.conditions.items():
            if kind in ("amount_cap", "payee_only"):
                said[kind] = pounds(int(value)) if kind == "amount_cap" else value
            else:
                days[kind] = value
        days["decided_on"] = decision.decided_on.isoformat()
        said["decided_by"] = decision.decided_by
        looked = decision.looked
        if looked is not None:
            days |= {"received_on": looked.received_on.isoformat(), "answer_by": looked.answer_by.isoformat()}
            said["answer_late"] = _days(self._answer_late(looked), self.form)
            if looked.answered_on is not None:
                days["answered_on"] = looked.answered_on.isoformat()
            if looked.promise is not None:
                days["change_by"] = looked.promise.due.isoformat()
                said["change_late"] = _days(_late_by(looked.promise.due, decision.today), self.form)
        for name, day in days.items():
            said[name] = spelled(date.fromisoformat(day), self.wording, self.form)
        if "decide_by" in given:
            said["days"] = _days((date.fromisoformat(given["decide_by"]) - decision.decided_on).days, self.form)
        return said

    def _answer_late(self, looked: Looked) -> int:
        """By how many days a look came too late, or is by now; an answer by what its entry says."""
        return max(looked.late_days, _late_by(looked.answer_by, looked.answered_on or self.decision.today))

    def _late_days(self) -> int:
        """By how much it is late, or was when it was decided."""
        given = self.decision.given
        if "late_days" in given:
            return int(given["late_days"])
        if "decide_by" not in given or self.decision.resolved_by:
            return 0
        return _late_by(date.fromisoformat(given["decide_by"]), self.decision.today)

    def told(self) -> Explanation:
        """All members in order."""
        draft, notice = notice_of(self.form, self.wording)
        return Explanation(
            form=self.form, language="cy" if self.form == "welsh" else "en", draft=draft,
            notice=notice,
            title=tuple(self._title()), why=tuple(self._why()), conditions=tuple(self._conditions()),
            what_would_help=tuple(self._what_would_help()),
            next=tuple(self._next()), ask_again=tuple(self._ask_again()),
            about=self._about() if self.decision.looked is None else None,
            help=help_of(self.form, self.wording, self.decision.contacts, self.decision.coordinator),
        )  # fmt: skip

    def _phrase(self, key: str, source: str | None = None) -> Sentence:
        return phrase(key, self.form, self.wording, self.said, source)

    def _own_words(self, text: str, source: str | None = None) -> Sentence:
        """What an officer wrote is in their own words in every form."""
        return Sentence(text, "letter" if self.form == "easy_read" else None, None, source)

    def _title(self) -> Iterator[Sentence]:
        given = self.decision.given
        if given["act"] == "approval":
            yield self._phrase(f"{given['outcome']}_{CLAIMED.get(self.decision.of_act, Claimed('approval')).named}")
        else:
            buying = given["act"] in BUYING and self.said["service"]
            yield self._phrase(f"{given['outcome']}_{'buying' if buying else 'other'}")
        yield self._phrase("reference")
        if "relied_until" in given:
            yield self._phrase("relied_until")

    def _why(self) -> Iterator[Sentence]:
        given, content = self.decision.given, self.decision.content
        if given["act"] == "approval":
            if self.decision.of_act not in CLAIMED:
                yield self._phrase("by_a_person")
            yield self._phrase("decided_by")
            if f"reason_{given.get('reason')}" in self.wording.phrases.sentences:
                yield self._phrase(f"reason_{given['reason']}")
        if content is None:
            yield self._phrase("erased")
            return
        if content.words:
            yield self._own_words(content.words, CLAIMED.get(self.decision.of_act, Claimed("")).source)
        if not self.findings and given["act"] != "approval":
            yield self._phrase("no_objection")
        # What only a person has to look at does not make it a no, and is said apart.
        apart = "referred_for" if given["act"] == "approval" else "also_looked_at" if self._is_no() else None
        for found in self.findings:
            if apart is not None and found.effect == "refer":
                yield self._phrase(apart)
                apart = None
            yield from self._texts(found, "why")

    def _conditions(self) -> Iterator[Sentence]:
        """The conditions of a yes, each with what the officer wrote about it."""
        content = self.decision.content
        words: Mapping[str, str] = {}
        if content is not None and not isinstance(content.conditions, msgspec.UnsetType):
            words = content.conditions
        if self.conditions:
            yield self._phrase("allow_conditions")
        for kind in self.conditions:
            yield self._phrase(f"condition_{kind}")
            if kind in words:
                yield self._own_words(words[kind])

    def _what_would_help(self) -> Iterator[Sentence]:
        given = self.decision.given
        if given["act"] == "approval":
            # What was told or sent in has its own next step; and a no to what would have been against the person takes nothing.
            if self._is_no() and self.decision.of_act not in (*CLAIMED, *NOT_ASKED):
                helps = f"help_{given.get('reason')}"
                yield self._phrase(helps if helps in self.wording.phrases.sentences else "help_another")
            return
        for found in self.findings:
            rule = self.rules.get(found.rule)
            is_gone = rule is not None and rule.effect == "deny" and found.effect == "refer"
            if self.form != "plain" and is_gone:
                yield from self._fresh(self._phrase("gone"))
            # In easy read who is asked is a sentence of its own: where there is nothing but to wait, all of it goes.
            if not self._is_answered(found) or without_waiting(found.remedy, "plain"):
                yield from self._texts(found, "help")

    def _texts(self, found: Finding, part: Part) -> Iterator[Sentence]:
        """What a rule says in this form and has not been said yet."""
        source, untold = found.source if part == "why" else None, self._phrase("untold")
        made = written(found, part, self.form, self.wording, self.numbers, self.spoken, (untold.says, untold.picture))
        for says, picture in made:
            left = without_waiting(says, self.form) if part == "help" and self._is_answered(found) else says
            yield from self._fresh(Sentence(left, picture, found.rule, source))

    def _fresh(self, sentence: Sentence) -> Iterator[Sentence]:
        says = self.once.of(sentence.says)
        if says:
            yield msgspec.structs.replace(sentence, says=says)

    def _is_answered(self, found: Finding) -> bool:
        """Whether nobody waits for what this rule refers, since it was a no."""
        return self._is_no() and found.effect == "refer"

    def _is_no(self) -> bool:
        return self.decision.given["outcome"] == "deny"

    def _next(self) -> Iterator[Sentence]:
        given, looked = self.decision.given, self.decision.looked
        if looked is not None and (looked.about, looked.act) == ("refusal", "changed"):
            # What was refused is not done by the answer: whoever wants it asks for it as it is now.
            yield self._phrase("no_changed")
            return
        if self.decision.of_act in CLAIMED:
            claimed = CLAIMED[self.decision.of_act]
            yield self._phrase(f"{claimed.named}_next", claimed.next_source)
            return
        if looked is not None and looked.promise is not None:
            yield from self._promised(looked.promise)
            return
        if looked is not None and looked.has_died:
            yield self._phrase("promise_over")
            return
        if given["outcome"] != "refer":
            if given.get("late_days"):
                yield self._phrase("late")
            yield self._phrase("settled")
            return
        if self.decision.resolved_by:
            yield self._phrase("resolved")
            return
        if "decide_by" in given:
            yield self._phrase(self._awaits())
        yield self._phrase("other_person")
        if self._late_days():
            yield self._phrase("late")

    def _promised(self, promise: Promise) -> Iterator[Sentence]:
        """Who changes the plan and by when, since it was looked at again; and that it is late, or has been done."""
        yield self._phrase("promise_kept" if promise.is_kept else "promised")
        if not promise.is_kept and promise.due < self.decision.today:
            yield self._phrase("promise_late")

    def _awaits(self) -> str:
        """Who decides: by the rule that asks for whoever comes first in the list, else by the act, else the budget team."""
        deciders, content = self.wording.phrases.deciders, self.decision.content
        for_rules = {deciders.get(each.rule, "") for each in content.findings} if content is not None else set()
        by_rule = next((each for each in AWAITS if each in for_rules), None)
        return by_rule or deciders.get(self.decision.given["act"], AWAITS[-1])

    def _about(self) -> str | None:
        """As what it can be asked to be looked at again: what was done, by its act; a no, as a refusal."""
        given = self.decision.given
        act, outcome = self.decision.of_act or given["act"], given["outcome"]
        if act in ONCE and outcome == "allow" and not self.decision.of_act:
            return ONCE[act].about
        is_no = outcome == "deny" and act not in NOT_ASKED and "person" in given
        return "refusal" if is_no or (act, outcome) in REFUSALS else None

    def _ask_again(self) -> Iterator[Sentence]:
        """How to ask again, and how often, by the law that applies to the act."""
        act, outcome = self.decision.of_act or self.decision.given["act"], self.decision.given["outcome"]
        about = self._about()
        is_refusal = (act, outcome) in REFUSALS
        if act != "reconsider" and not is_refusal and about in (None, "refusal"):
            yield self._phrase("again_any")
        if self.decision.looked is not None:
            yield from self._looked_at(self.decision.looked)
        elif act == "reconsider":
            yield self._phrase("again_none")
        elif about is not None:
            source = REFUSED_BY if is_refusal else None if about == "refusal" else ONCE[act].source
            # What somebody asked for is not in the book: a plan that takes nothing away may leave out what they wished for.
            once = "again_left_out" if act == "sign_plan" and self.facts.get("cut_pence") == 0 else "again_once"
            yield self._phrase("again_six_months" if is_refusal else "again_no" if source is None else once, source)
            yield self._phrase("answered_within")

    def _looked_at(self, looked: Looked) -> Iterator[Sentence]:
        """That it was asked to be looked at again, what came of it and in which words, and where to go then."""
        if looked.answered_on is None:
            yield self._phrase("looked_requested")
        else:
            yield self._phrase("looked_stands" if looked.act in STANDS else "looked_changed")
            if looked.words:
                yield self._own_words(looked.words)
            if looked.is_lifted:
                yield self._phrase("pause_over")
        if self._answer_late(looked):
            yield self._phrase("looked_late")
        if looked.answered_on is not None:
            yield self._phrase("again_complaint")


def _late_by(due: date, day: date) -> int:
    return max(0, (day - due).days)


def _days(count: int, form: Form) -> str:
    """A number of days: 1 day, 10 days; Welsh has the singular after every number."""
    if form == "welsh":
        return f"{count} diwrnod"
    return f"{count} day" if count == 1 else f"{count} days"

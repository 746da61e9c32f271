"""The policy that a new company begins with: six clauses to edit, and rules that carry them out."""

from dataclasses import dataclass

from policies.engine.targets import Hours, Target


@dataclass(frozen=True, slots=True)
class StarterRule:
    """A rule; ``departments`` names kinds of departments, the first that the company has is meant."""

    name: str
    any_words: tuple[str, ...] = ()
    sentiment_below: float | None = None
    reach_at_least: int | None = None
    priority: int | None = None
    disposition: str = ""
    visibility: str = ""
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StarterClause:
    """A clause with its rules."""

    title: str
    body: str
    rules: tuple[StarterRule, ...] = ()


TITLE = "Social media policy"
SUMMARY = "The first version, written to be edited. Read it together and change what does not fit your company."

# What is urgent counts around the clock, everything else while somebody is there.
TARGETS = (
    Target(1, decide=15, claim=15, answer=60, resolve=1440, rest=240),
    Target(2, decide=60, claim=60, answer=240, resolve=960, rest=240, hours=Hours.BUSINESS),
    Target(3, decide=240, claim=240, answer=960, resolve=2400, rest=240, hours=Hours.BUSINESS),
    Target(4, decide=480, claim=480, answer=1440, resolve=4800, rest=480, hours=Hours.BUSINESS),
)

CLAUSES = (
    StarterClause(
        "Safety, law and the press come first",
        "A threat to life or health, a leak of personal data, a letter from a lawyer, a question from a regulator "
        "or from the press is decided before everything else. Nobody improvises: the department named by the "
        "decision answers, and until then we say nothing that we cannot take back.",
        (
            StarterRule(
                "Danger to people",
                any_words=("injured", "burned", "fire", "suicide", "kill myself", "electric shock", "poisoned"),
                priority=1,
            ),
            StarterRule(
                "Law and personal data",
                any_words=("lawyer", "lawsuit", "court", "data breach", "data leak", "gdpr", "my data"),
                priority=1,
                departments=("legal",),
            ),
            StarterRule(
                "Press",
                any_words=("journalist", "reporter", "newsroom", "press enquiry", "press inquiry", "comment on"),
                priority=1,
                disposition="public_response",
                visibility="private",
                departments=("public_relations", "marketing"),
            ),
        ),
    ),
    StarterClause(
        "Customers who need something done are helped",
        "Whoever cannot use what they paid for, waits for something, or was charged wrongly, gets an answer from "
        "customer service, from one person, until it is done. We ask for an order number, an address or anything "
        "else that is personal only in private, and say in public that we did.",
        (
            StarterRule(
                "Something does not work",
                any_words=("broken", "not working", "doesn't work", "does not work", "outage", "down again", "crash"),
                priority=2,
                disposition="customer_service",
                visibility="public",
                departments=("customer_service", "it"),
            ),
            StarterRule(
                "Order, bill or refund",
                any_words=("refund", "invoice", "bill", "charged twice", "my order", "delivery", "cancel my"),
                priority=2,
                disposition="customer_service",
                visibility="private",
                departments=("customer_service", "sales"),
            ),
        ),
    ),
    StarterClause(
        "What is wrong is corrected, with a source",
        "When something untrue about us spreads, we say once what is true and where it can be checked. We do not "
        "argue, and we correct ourselves in the same place and as visibly as we were wrong.",
        (
            StarterRule(
                "A claim with reach",
                any_words=("scam", "fraud", "fake", "lying", "liars", "cover up"),
                reach_at_least=10_000,
                priority=2,
                disposition="public_response",
                visibility="public",
                departments=("public_relations", "marketing"),
            ),
        ),
    ),
    StarterClause(
        "Not everything is ours to answer",
        "We do not answer insults, bait, spam, or conversations between other people that do not ask for us. "
        "Not answering is a decision with a reason, recorded like any other. Where the tone is harsh but the "
        "matter is real, we answer the matter.",
        (
            StarterRule(
                "Advertising of others",
                any_words=("crypto giveaway", "buy followers", "click my bio", "promo code", "work from home"),
                priority=4,
                disposition="no_response",
            ),
            StarterRule("Very unhappy", sentiment_below=-0.7, priority=2),
        ),
    ),
    StarterClause(
        "Ideas and applications reach whoever can use them",
        "A wish for the product, an application, an enquiry about buying: each is worth an answer and is written "
        "down by the department that it concerns, whoever answers.",
        (
            StarterRule(
                "Wants to work here",
                any_words=("job opening", "hiring", "vacancy", "internship", "apply for", "application"),
                disposition="public_response",
                visibility="public",
                departments=("hr",),
            ),
            StarterRule(
                "Wants to buy",
                any_words=("price", "quote", "pricing", "how much is", "where can i buy"),
                disposition="public_response",
                visibility="public",
                departments=("sales", "marketing"),
            ),
            StarterRule(
                "Wish for the product",
                any_words=("feature request", "please add", "would be great if", "you should add"),
                disposition="public_response",
                visibility="public",
                departments=("product", "marketing"),
            ),
        ),
    ),
    StarterClause(
        "We answer as ourselves",
        "Who answers says that they answer for the company. We are polite, brief and in the customer's language. "
        "We promise only what we can keep, name nobody else's private matters, and never pretend to be a customer. "
        "Only who has read the policy in force answers in public.",
    ),
)

"""What departments write down from what they hear."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TakeawaySpec:
    """Who takes what away from a topic; ``{who}`` is the customer's name."""

    department: str
    kind: str
    share: float
    texts: tuple[str, ...]


TAKEAWAYS: dict[str, tuple[TakeawaySpec, ...]] = {
    "sales_fleet": (
        TakeawaySpec("sales", "lead", 0.9, (
            "{who}: fleet, decides soon. Call this week, bring two bikes.",
            "Warm lead, {who}. Wants service at the door; send the contract with both options.",
            "{who} compares us with one other maker. Price is not the question, response time is.",
            "Put {who} in the pipeline for spring; budget is there, the garage has sockets.",
        )),
    ),
    "price_question": (
        TakeawaySpec("sales", "lead", 0.3, (
            "{who} would buy a demonstration bike today. Keep one back?",
            "Third question about instalments this week; {who} left without buying.",
            "Border shipping again ({who}). The zones cost us orders.",
        )),
    ),
    "competitor_comparison": (
        TakeawaySpec("marketing", "competitor", 0.5, (
            "{who} weighs us against them on weight alone. We never show the folding time side by side.",
            "Battery warranty comes up again as their argument. {who} would pay for a third year.",
            "Their quieter motor is being noticed ({who}). Ask product what we can say honestly.",
            "{who} changed over to us because of the belt. Usable as a story, with permission.",
        )),
        TakeawaySpec("product", "competitor", 0.2, (
            "Motor noise compared directly by {who}. Measure both on the same hill.",
            "{who} needed three hands to fold theirs. Our hinge remains the argument.",
        )),
    ),
    "product_idea": (
        TakeawaySpec("product", "idea", 0.8, (
            "From {who}: cheap to make, solves a daily annoyance. For Friday's wall.",
            "{who} has built it already. Ask for the file, test on the next frame.",
            "Second request of this kind in a month ({who}). Worth a prototype.",
            "{who}: fits the spring firmware without extra cost. Estimate with Joana.",
        )),
    ),
    "mixed_review": (
        TakeawaySpec("product", "idea", 0.5, (
            "Saddle again ({who}). That is the ninth review this quarter.",
            "{who} praises brakes, criticises a small part. Supplier talk in two weeks.",
            "Charging port collects mud, photo from {who}. Confirms the move upward.",
        )),
    ),
    "accessibility": (
        TakeawaySpec("product", "idea", 0.6, (
            "{who} offers to test with a screen reader. Invite before the release.",
            "Keyboard path of the booking form is broken, found by {who}. Add to the release check.",
            "Captions for the films: {who} is right, and our dealers asked as well.",
        )),
    ),
    "battery_range": (
        TakeawaySpec("product", "other", 0.3, (
            "Winter range question from {who}. The table by temperature is hard to find.",
            "{who} lost more range than normal ageing explains. Batch number asked for.",
        )),
    ),
    "job_question": (
        TakeawaySpec("human-resources", "candidate", 0.6, (
            "{who} could be a fit for the workshop. Invited to a trial day.",
            "Career changer, rides our bike: {who}. Keep for the apprenticeship in autumn.",
            "{who} waited for weeks for an answer from us. Process is broken between form and inbox.",
            "Languages and service experience: {who}. Forwarded to the customer team.",
        )),
    ),
    "employee_experience": (
        TakeawaySpec("human-resources", "risk", 0.9, (
            "Shift plans on Sunday evening: {who} is not the only one. Raised with the works council.",
            "Candidate experience: no answer after four rounds. {who} gets an apology, we get a deadline per round.",
        )),
    ),
    "legal_threat": (
        TakeawaySpec("legal", "risk", 0.6, (
            "Deadline noted for {who}. Position is weak on the refund, recommend to settle.",
            "{who}: photo rights unclear, taken down until checked.",
            "Second consumer board mention from the same region. Watch the pattern, answer {who} in writing.",
        )),
    ),
    "data_request": (
        TakeawaySpec("legal", "risk", 0.4, (
            "Old owner's rides visible to the new one ({who}). Needs a fix, not only an answer.",
            "Request of {who} registered, one month runs from today.",
        )),
    ),
    "app_privacy": (
        TakeawaySpec("legal", "risk", 0.4, (
            "{who} is right: the list of partners was not named. Privacy page to be changed.",
            "Contact permission asked at the wrong moment, reported by {who}. Talk to IT.",
        )),
    ),
    "battery_recall_rumour": (
        TakeawaySpec("public-relations", "risk", 0.5, (
            "Rumour moves from group chats to landlords ({who}). Confirmation page works, link it higher.",
            "{who} mixes us up with another maker. One sentence for everybody is ready.",
            "Local radio named no brand, people fill the gap with ours. Call the station.",
        )),
    ),
    "fake_giveaway": (
        TakeawaySpec("public-relations", "risk", 0.6, (
            "New fake profile, reported by {who}. Same bank details as last month.",
            "{who} lost card data. Warning pinned, police reference asked for.",
        )),
        TakeawaySpec("legal", "risk", 0.4, (
            "Trademark complaint sent to the network, evidence from {who} attached.",
            "Third takedown this quarter. Ask outside counsel for a standing order.",
        )),
    ),
    "battery_fire": (
        TakeawaySpec("product", "risk", 0.9, (
            "Serial number from {who} secured, charger of another make was used. Lab has it.",
            "Battery of {who} collected. Check the whole delivery week.",
        )),
    ),
    "child_safety": (
        TakeawaySpec("legal", "risk", 0.8, (
            "Product liability: adapter of {who} kept as evidence, authority informed as a precaution.",
            "Report of {who} filed under product safety. Stock on hold until the test report.",
        )),
    ),
    "security_report": (
        TakeawaySpec("it", "risk", 0.9, (
            "{who} reported fairly and stopped early. Thanks page, and a small reward.",
            "Confirmed and closed the same day. Look for the same mistake in the other service.",
        )),
    ),
    "app_bug": (
        TakeawaySpec("it", "other", 0.18, (
            "Reproduced with the report of {who}. Fix goes into the next build.",
            "Light at a standstill ({who}) is a safety matter: rollout stopped.",
            "Time zone of reminders is wrong, thanks to {who} we know the case.",
        )),
        TakeawaySpec("product", "risk", 0.08, (
            "{who} rode in the dark because of an update. Firmware needs a second pair of eyes.",
        )),
    ),
    "app_outage": (
        TakeawaySpec("it", "risk", 0.14, (
            "{who} could not open the lock: unlocking by hand must be printed on the bike.",
            "Status page was green while all was red ({who}). Take it off our own servers.",
            "Payment state unclear for {who}. Basket must survive a restart.",
        )),
        TakeawaySpec("product", "idea", 0.06, ("Offline code on a card in the saddle post, idea of {who}.",)),
    ),
    "praise": (
        TakeawaySpec("marketing", "praise", 0.25, (
            "Lovely line from {who}. Ask for permission to quote.",
            "{who} sold a car for our bike. Story for the spring letter.",
            "Read this one out on Monday: {who} made the hinge team's week.",
        )),
    ),
    "ride_photo": (
        TakeawaySpec("marketing", "praise", 0.4, (
            "Picture of {who} would suit the calendar. Permission asked.",
            "{who} shows the bike on a ferry, exactly the use we never photograph.",
        )),
    ),
    "service_praise": (
        TakeawaySpec("customer-service", "praise", 0.4, (
            "Pass on to the workshop: {who} names the mechanic's care.",
            "{who} took back half a complaint. Shows what a fast answer is worth.",
        )),
    ),
    "sustainability": (
        TakeawaySpec("public-relations", "other", 0.4, (
            "{who} found the footprint report hard to find. Link it in the footer.",
            "School class of {who} compares footprints. Offer a visit to the plant.",
        )),
    ),
    "dealer_complaint": (
        TakeawaySpec("sales", "risk", 0.7, (
            "{who}: our own web shop undercuts a dealer. Price rule needed before the season.",
            "Incomplete deliveries to {who} twice. Talk to the warehouse, credit the freight.",
        )),
    ),
    "order_late": (
        TakeawaySpec("sales", "risk", 0.04, (
            "Delivery promise broken for {who}: the shop still says 48 hours.",
            "{who} would have accepted an honest date at once.",
        )),
    ),
}  # fmt: skip

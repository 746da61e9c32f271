"""Who works at the invented company, in which departments, and where it listens."""

from dataclasses import dataclass

from teams.roles import ANSWERING

NAME = "Tavolund"
TIME_ZONE = "Europe/Copenhagen"
MAIL_DOMAIN = "tavolund.example"


@dataclass(frozen=True, slots=True)
class DepartmentSpec:
    """A department, the words it listens for, and who sits for it on the cross-functional team."""

    slug: str
    name: str
    kind: str
    representative: str
    listens_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonSpec:
    """A person; ``memberships`` pairs a department with ``lead``, ``responder`` or ``listener``."""

    key: str
    name: str
    time_zone: str
    company_roles: tuple[str, ...] = ()
    memberships: tuple[tuple[str, str], ...] = ()

    @property
    def email(self) -> str:
        """Return the address with which the person signs in."""
        return f"{self.key}@{MAIL_DOMAIN}"

    def answers_for(self, department: str) -> bool:
        """Say whether this person may answer for a department."""
        return any((department, role) in self.memberships for role in ANSWERING)


@dataclass(frozen=True, slots=True)
class PersonaSpec:
    """An account that the sign-in page offers, and what there is to see with it."""

    person: str
    line: str


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A practice channel: its rules, and its share of what is heard."""

    key: str
    name: str
    medium: str
    our_handle: str
    text_limit: int
    has_private_replies: bool
    share: float
    # For how many days after somebody spoke a private answer is taken, if that ends.
    private_days: int = 0


DEPARTMENTS = (
    DepartmentSpec(
        "customer-service", "Customer service", "customer_service", "ida",
        ("order", "refund", "parcel", "delivery", "warranty", "stolen", "charger", "repair", "bestellung",
         "liefertermin", "garantie", "gestohlen", "ordre", "levering", "pedido", "devolución", "commande",
         "remboursé", "livraison", "encomenda", "devolução", "garantia"),
    ),
    DepartmentSpec(
        "marketing", "Marketing", "marketing", "nora",
        ("#tavolund", "love", "photo", "followers", "giveaway", "podcast", "newsletter", "plikvelo", "ostrando",
         "zwinka", "folgen", "foto", "fünf sterne", "fem stjerner", "cinco estrellas", "cinq étoiles",
         "cinco estrelas"),
    ),
    DepartmentSpec(
        "public-relations", "Public relations", "public_relations", "mikkel",
        ("journalist", "recall", "press contact", "radio", "scam", "fake", "fire", "smoke", "harbour post",
         "morgenruten", "der hafenbote", "rückruf", "tilbagekaldelse", "rappel", "rappelées", "presse", "estafa"),
    ),
    DepartmentSpec(
        "it", "IT", "it", "joana",
        ("app", "login", "password", "error", "503", "bluetooth", "update", "server", "shop down", "security",
         "api", "appen", "appli", "aplicação", "passwort", "absturz", "contraseña"),
    ),
    DepartmentSpec(
        "human-resources", "Human resources", "hr", "birgit",
        ("job", "application", "intern", "interns", "interview", "overtime", "salary", "apprentice", "mechanic",
         "bewerbung", "beworben", "zweiradmechaniker", "stilling", "ansøgning", "mekaniker", "estágios",
         "mecânico"),
    ),
    DepartmentSpec(
        "legal", "Legal", "legal", "frederik",
        ("lawyer", "court", "gdpr", "personal data", "delete my account", "privacy", "breach", "copyright",
         "deadline", "anwalt", "dsgvo", "frist", "verbraucherzentrale", "advokat", "abogado", "avocat", "rgpd"),
    ),
    DepartmentSpec(
        "product", "Product", "product", "sofie",
        ("suggestion", "wish for", "next model", "hinge", "battery", "range", "saddle", "brakes", "fold",
         "screen reader", "child seat", "akku", "scharnier", "reichweite", "batteriet", "hængslet", "batería",
         "bisagra", "batterie", "charnière", "bateria", "dobradiça"),
    ),
    DepartmentSpec(
        "sales", "Sales", "sales", "henrik",
        ("fleet", "company bikes", "offer", "quote", "leasing", "tender", "dealer", "discount", "invoice",
         "plikvelo", "ostrando", "zwinka", "angebot", "dienstrad", "tilbud", "oferta", "devis", "proposta"),
    ),
)  # fmt: skip

_AARHUS, _HAMBURG, _PORTO, _PARIS = "Europe/Copenhagen", "Europe/Berlin", "Europe/Lisbon", "Europe/Paris"

PEOPLE = (
    PersonSpec("anders", "Anders Thorup", _AARHUS, ("administrator",)),
    PersonSpec("nora", "Nora Lindgaard", _AARHUS, ("policy_editor", "manager"), (("marketing", "listener"),)),
    PersonSpec("mette", "Mette Brandt", _AARHUS, ("manager",)),
    PersonSpec("nadia", "Nadia Rahimi", _AARHUS, ("triage_owner",)),
    PersonSpec("tobias", "Tobias Kern", _HAMBURG, ("triage_owner",)),
    PersonSpec("ida", "Ida Winther", _AARHUS, (), (("customer-service", "responder"),)),
    PersonSpec("jonas", "Jonas Petri", _HAMBURG, (), (("customer-service", "lead"),)),
    PersonSpec("carla", "Carla Mendes", _PORTO, (), (("customer-service", "responder"),)),
    PersonSpec("elias", "Elias Groth", _AARHUS, (), (("customer-service", "responder"), ("product", "listener"))),
    PersonSpec("leonie", "Leonie Hartwig", _HAMBURG, (), (("marketing", "responder"),)),
    PersonSpec("kaj", "Kaj Sander", _AARHUS, (), (("marketing", "responder"),)),
    PersonSpec("mikkel", "Mikkel Aagaard", _AARHUS, (), (("public-relations", "responder"),)),
    PersonSpec("amelie", "Amélie Roche", _PARIS, (), (("public-relations", "responder"), ("marketing", "listener"))),
    PersonSpec("joana", "Joana Faria", _PORTO, (), (("it", "responder"),)),
    PersonSpec("sven", "Sven Mahler", _HAMBURG, (), (("it", "responder"), ("product", "listener"))),
    PersonSpec("birgit", "Birgit Nørby", _AARHUS, (), (("human-resources", "responder"),)),
    PersonSpec("frederik", "Frederik Ulrich", _AARHUS, (), (("legal", "responder"), ("public-relations", "listener"))),
    PersonSpec("sofie", "Sofie Dalgaard", _AARHUS, (), (("product", "responder"), ("it", "listener"))),
    PersonSpec("henrik", "Henrik Bohn", _HAMBURG, (), (("sales", "responder"), ("marketing", "listener"))),
    PersonSpec("rita", "Rita Valente", _PORTO, (), (("sales", "listener"), ("human-resources", "listener"),
                                                     ("product", "listener"), ("legal", "listener"))),
)  # fmt: skip

# Kaj works for the agency, Studio Kaj, and signs as such.
# Nora heads marketing and the cross-functional team.
PROPONENT = "nora"

PERSONAS = (
    PersonaSpec("nadia", "decides in the triage inbox what is answered, and by whom."),
    PersonaSpec("ida", "claims and answers for customer service."),
    PersonaSpec("jonas", "leads customer service, and may take over."),
    PersonaSpec("rita", "only listens: for sales, people, product and legal."),
    PersonaSpec("mette", "manages, and wants to know how fast and how well."),
    PersonaSpec("nora", "heads the cross-functional team and edits the policy."),
    PersonaSpec("anders", "administers people, departments and channels."),
)

CHANNELS = (
    ChannelSpec("bluesky", "Bluesky (practice)", "post", "tavolund.example", 300, False, 0.34),
    ChannelSpec("instagram", "Instagram (practice)", "post", "tavolund_bikes", 1000, True, 0.22, 7),
    ChannelSpec("mail", "Mail (practice)", "mail", "hello@tavolund.example", 10_000, True, 0.19),
    ChannelSpec("reviews", "Reviews (practice)", "review", "Tavolund", 2000, False, 0.12),
    ChannelSpec("forum", "Forum (practice)", "forum", "tavolund-team", 5000, True, 0.13),
)


def responders(department: str) -> tuple[PersonSpec, ...]:
    """Return who may answer for a department."""
    return tuple(person for person in PEOPLE if person.answers_for(department))


def members(department: str) -> tuple[PersonSpec, ...]:
    """Return everybody who answers or listens for a department."""
    return tuple(person for person in PEOPLE if department in dict(person.memberships))


def triage_owners() -> tuple[PersonSpec, ...]:
    """Return who decides."""
    return tuple(person for person in PEOPLE if "triage_owner" in person.company_roles)

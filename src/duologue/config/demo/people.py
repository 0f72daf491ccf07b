"""Who lives in the demo world? Twelve hosts in eight zones, and people who book them."""

from dataclasses import dataclass

MAIL = "demo.example"
MORNING, NOON, EVENING = 9 * 60, 12 * 60, 17 * 60


@dataclass(frozen=True, slots=True)
class Offer:
    """What a host sells; the price in minor units, the rest in minutes."""

    name: str
    description: str
    minutes: int
    price: int
    buffer_after: int = 0
    notice: int = 12 * 60
    daily_limit: int | None = None


@dataclass(frozen=True, slots=True)
class DemoHost:
    name: str
    zone: str
    place: str
    headline: str
    topics: str
    languages: str
    bio: str
    offers: tuple[Offer, ...]
    hours: tuple[tuple[int, int, int], ...]
    currency: str = "EUR"
    is_approved: bool = True

    @property
    def key(self) -> str:
        return self.name.split()[0].lower().replace("á", "a")

    @property
    def email(self) -> str:
        return f"{self.key}@{MAIL}"


@dataclass(frozen=True, slots=True)
class DemoAttendee:
    name: str
    zone: str
    portrait: str = ""

    @property
    def email(self) -> str:
        return f"{self.name.split()[0].lower()}@{MAIL}"


def _week(
    *windows: tuple[int, int], days: tuple[int, ...] = (0, 1, 2, 3, 4)
) -> tuple[tuple[int, int, int], ...]:
    return tuple((day, start, end) for day in days for start, end in windows)


HOSTS = (
    DemoHost(
        "Naoko Ishida",
        "Asia/Tokyo",
        "Tokyo",
        "Product design lead. Eleven years of making complicated tools feel obvious.",
        "Design, portfolios",
        "English, Japanese",
        "I have spent eleven years making complicated tools feel obvious: radiology viewers, tax software, a "
        "lighthouse control room.\n\nBring one thing you are unsure about. We look at it "
        "together and you leave with "
        "the next two steps written down.",
        (
            Offer("Portfolio review", "Send your work a day ahead", 45, 6500, buffer_after=15),
            Offer("First conversation", "To see if it fits", 20, 0),
        ),
        (
            *_week((15 * 60, 21 * 60), days=(1, 2, 3)),
            (0, 15 * 60, 18 * 60),
            (0, 19 * 60 + 30, 21 * 60),
            (4, 900, 1110),
        ),
    ),
    DemoHost(
        "Tomás Rivero",
        "Europe/Lisbon",
        "Porto",
        "Engineering manager. Helps seniors become the calm person in the room.",
        "Leadership, interviews",
        "English, Spanish",
        "I ran teams of four and of forty. Most of what I know about leading I learned "
        "from mistakes, and I am happy "
        "to lend you mine.\n\nWe can rehearse a hard talk, read an offer, or plan your first ninety days.",
        (
            Offer("Getting ready to lead", "Bring one real situation", 60, 8000),
            Offer("Mock interview", "", 90, 12000),
        ),
        _week((MORNING, NOON), (18 * 60, 21 * 60)),
    ),
    DemoHost(
        "Samuel Adeyemi",
        "Africa/Lagos",
        "Lagos",
        "Data scientist in public health. Bring the messy spreadsheet.",
        "Data, statistics",
        "English, Yoruba",
        "I clean data for a living and still enjoy it. Show me your table and your "
        "question; we find out whether one "
        "can answer the other.",
        (Offer("Survey data", "We share a screen", 30, 4500, buffer_after=10),),
        _week((8 * 60, 11 * 60), (16 * 60, 19 * 60)),
    ),
    DemoHost(
        "Ingrid Halvorsen",
        "Europe/Berlin",
        "Oslo",
        "Founder twice over, now a coach. Pricing, first hires, and when to stop.",
        "Founding, pricing",
        "English, Norwegian",
        "I sold one company and closed another. Both taught me the same things, at different prices.",
        (Offer("Pricing", "Your numbers, honestly read", 60, 12000, daily_limit=3),),
        _week((11 * 60, 17 * 60), days=(0, 2, 4)),
    ),
    DemoHost(
        "Claire Duval",
        "Europe/Berlin",
        "Paris",
        "Editor of non-fiction. Reads your first chapter before you talk.",
        "Writing, editing",
        "French, English",
        "Twenty books on shelves, three of them with my name in small print. I read "
        "slowly and say what I think.",
        (Offer("First chapter", "Send it two days ahead", 30, 0, notice=48 * 60),),
        _week((10 * 60, 12 * 60), (14 * 60, 16 * 60), days=(0, 1, 3)),
    ),
    DemoHost(
        "Arjun Mehta",
        "Asia/Kolkata",
        "Pune",
        "Thirty years in supply chains. Honest answers, no slides.",
        "Operations, career change",
        "English, Hindi",
        "I have moved tyres, vaccines and wedding flowers. Ask me anything about getting "
        "things from here to there, "
        "or about changing your trade at fifty.",
        (Offer("Ask me anything", "", 45, 7000),),
        _week((10 * 60 + 30, 13 * 60), (17 * 60, 20 * 60 + 30)),
    ),
    DemoHost(
        "Leyla Demir",
        "Europe/Istanbul",
        "Istanbul",
        "Architect of small houses. From sketch to permit without tears.",
        "Architecture, building",
        "Turkish, English",
        "Show me your plot and your worries. I draw while we talk, and you keep the drawing.",
        (Offer("Sketch together", "We draw while we talk", 60, 9000, buffer_after=15),),
        _week((MORNING, EVENING), days=(1, 2, 3, 4)),
    ),
    DemoHost(
        "Henrik Bauer",
        "Europe/Berlin",
        "Hamburg",
        "Retired judge. Explains contracts in plain words.",
        "Contracts, disputes",
        "German, English",
        "For forty years I read what people had signed without reading. Let us read "
        "yours before you sign it. This is "
        "conversation, not legal advice.",
        (Offer("Read it before you sign", "", 30, 5500),),
        _week((MORNING, NOON), days=(0, 1, 2, 3, 4)),
    ),
    DemoHost(
        "Ruth Okafor",
        "America/New_York",
        "New York",
        "Nurse educator. Night shifts, exams and how to stay kind.",
        "Nursing, exams",
        "English",
        "I taught nine hundred nurses and remember most names. Bring your exam, your rota or your bad week.",
        (Offer("Exam plan", "", 45, 5000), Offer("After a bad week", "Just talk", 30, 0)),
        _week((MORNING, 13 * 60), (19 * 60, 21 * 60)),
        currency="USD",
    ),
    DemoHost(
        "Sofia Marques",
        "Europe/Lisbon",
        "Lisbon",
        "Ceramics and small shops. How to sell what your hands make.",
        "Craft, small business",
        "Portuguese, English",
        "My studio pays three people. It took nine years, and I kept the spreadsheets.",
        (Offer("Your shop", "", 45, 3000),),
        _week((10 * 60, 13 * 60), (15 * 60, 18 * 60), days=(1, 2, 3, 4, 5)),
    ),
    DemoHost(
        "Oskar Holm",
        "Europe/Berlin",
        "Malmö",
        "Brand voice. Finds the sentence you were looking for.",
        "Writing, brands",
        "Swedish, English",
        "I write the small words on big companies' buttons.",
        (Offer("One page, rewritten", "", 45, 5000),),
        _week((MORNING, 15 * 60)),
        is_approved=False,
    ),
    DemoHost(
        "Yuki Tan",
        "Asia/Singapore",
        "Singapore",
        "Type on small screens. Makes text that people can read on a bus.",
        "Typography, design",
        "English, Mandarin",
        "Send me a screenshot of something that feels crowded.",
        (Offer("Type on small screens", "", 45, 5500),),
        _week((MORNING, EVENING), days=(0, 2, 4)),
        is_approved=False,
    ),
)

ATTENDEES = (
    DemoAttendee("Amara Obi", "Europe/Berlin", "amara"),
    DemoAttendee("Mateo Lindqvist", "Europe/Stockholm", "mateo"),
    DemoAttendee("Noor Haddad", "Asia/Beirut"),
    DemoAttendee("Emil Novak", "Europe/Prague"),
    DemoAttendee("Grace Mensah", "Africa/Accra"),
    DemoAttendee("Jonas Weber", "Europe/Zurich"),
    DemoAttendee("Priya Nair", "Asia/Kolkata"),
    DemoAttendee("Lucía Campos", "America/Bogota"),
    DemoAttendee("Owen Hughes", "Europe/London"),
    DemoAttendee("Mei Chen", "Asia/Singapore"),
    DemoAttendee("Théo Laurent", "Europe/Paris"),
    DemoAttendee("Hana Kim", "Asia/Seoul"),
    DemoAttendee("Ibrahim Yilmaz", "Europe/Istanbul"),
    DemoAttendee("Astrid Lund", "Europe/Copenhagen"),
)

DEMO_HOST, DEMO_ATTENDEE = HOSTS[0], ATTENDEES[0]
OPERATOR_EMAIL = f"operator@{MAIL}"

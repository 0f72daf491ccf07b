"""What do people in the demo world say of each other? By host's key, for anybody, and of attendees."""

ABOUT: dict[str, tuple[str, ...]] = {
    "naoko": (
        "She found the one screen that made the other nine unnecessary.",
        "Kind, and very precise. I rewrote my portfolio that night.",
        "I came with nine projects and left with three. She was right about all six.",
        "She asked what I was proud of before she said what to change. That made the rest easy to hear.",
        "We looked at one case study for forty minutes. I had never looked at it for five.",
    ),
    "tomás": (
        "I had the hard talk two days later. It went almost word for word as we had rehearsed it.",
        "Calm, funny, and honest about what he got wrong himself.",
        "He played my boss so well that I was nervous. Exactly what I needed.",
        "My plan for the first ninety days is one page now, and my team has read it.",
    ),
    "samuel": (
        "My spreadsheet had four kinds of empty cells. He explained why that matters, and we mended it.",
        "Half an hour, one chart, and my question turned out to be another one.",
        "Patient with a beginner, and never in a hurry.",
        "He told me that my data could not answer it. That saved me a month.",
    ),
    "ingrid": (
        "I doubled the price on Monday. Nobody has complained.",
        "She reads numbers like other people read faces.",
        "Not always comfortable, always useful.",
        "We found the one customer who cost more than she paid.",
    ),
    "claire": (
        "She had really read it. Every page, twice.",
        "My first chapter begins on page four now, and it is a better book.",
        "Says what she thinks, and why. I trusted every word.",
    ),
    "arjun": (
        "Thirty years in forty-five minutes. I took two pages of notes.",
        "He talked me out of a warehouse. Thank you.",
        "At fifty I thought it was late. He laughed, kindly.",
    ),
    "leyla": (
        "The drawing hangs on our wall. The kitchen has moved.",
        "She knew which question the office would ask, and it did.",
        "We brought six wishes and a small plot. Five of them fit now.",
    ),
    "henrik": (
        "He explained clause nine in one sentence. My lawyer had needed a page.",
        "Plain words, dry humour, no fear any more.",
        "I did not sign. Best money I spent this year.",
    ),
    "ruth": (
        "I passed. Her plan was the first one that I could keep.",
        "I cried, then I laughed, then I slept. Thank you, Ruth.",
        "She remembers what it is like on the third night in a row.",
    ),
    "sofia": (
        "She showed me her own spreadsheet, with the bad years in it.",
        "My bowls cost what they cost now, and I can say so.",
        "Warm and practical. We wrote the shop’s first page together.",
    ),
}

ANYBODY: tuple[str, ...] = (
    "Well prepared, and on time to the minute.",
    "I will come again in spring.",
    "Clear advice that I could use the same day.",
    "Good questions. I had not expected to talk so much myself.",
    "Friendly from the first minute. The time was too short, that is all.",
    "Two next steps, written down, as promised.",
    "I recommended it to my sister, who is hard to please.",
    "It helped more than the course I had paid for.",
    "Listened first. That is rare.",
    "Worth it. I would send my questions ahead next time.",
    "Honest where others are polite.",
    "We laughed a lot, and got through all of it.",
    "I understood it for the first time.",
    "Down to earth, and generous with examples.",
)

MIDDLING: tuple[tuple[int, str], ...] = (
    (4, "Good advice, though the sound was poor for the first ten minutes."),
    (4, "Helpful. I had hoped for more about my own case and less about others."),
    (4, "A little fast for me. The notes afterwards made up for it."),
    (3, "Nice talk, but I could have read most of it."),
    (3, "We ran out of time before we came to my real question."),
    (2, "It began late and felt rushed."),
)

ANSWERS: tuple[str, ...] = (
    "Thank you. It was a pleasure, and you did the work.",
    "That is fair. Next time we begin with your question.",
    "Come back and tell me how it went.",
    "Thank you for saying so. I have changed my microphone since.",
)

OF_ATTENDEES: tuple[tuple[int, str], ...] = (
    (5, "Came prepared and asked good questions."),
    (5, "A pleasure. Knew what to talk about."),
    (5, "Open, punctual, curious."),
    (4, "Good talk. A note beforehand would have helped."),
    (5, "Had done the homework from last time."),
    (4, "Friendly. Joined a few minutes late."),
)

NOTE_TO_OPERATORS = "The picture froze twice. Perhaps that was my own network."
ADVERTISING = "Great!!! For cheap mentoring write to best-mentors.example, all topics, day and night."
WHY_HIDDEN = "It advertises another site."
WHY_REPORTED = "I do not think that this person was in the session they write about."

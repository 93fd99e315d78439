# SPDX-License-Identifier: AGPL-3.0-or-later
"""Made-up days of reports whose truth is known: which reports are of one event.

Even seeds are the open half, on which the grouping may be tuned; odd seeds are hidden: only bin/bench looks at them, and
nobody changes a number because of what it says. A report is a dict of what a neighbor gives us, with the event it is
truly of; `write` makes the lines that `vecinos bench group` reads, without the truth.
"""

import math
import random
from itertools import combinations

NORTH, EAST = 111_195.0, 92_100.0  # metres in a degree at 34° north
MINUTE = 60_000
MORNING = 1_790_000_000_000
WINDOW = 90  # minutes, as the coalition's setting says

KINDS = ["arrest", "vehicles", "people", "home", "work", "checkpoint", "other"]

# What an event is about, as people put it in either language: (English forms, Spanish forms).
THINGS = {
    "vans": (["white van", "vans", "a van with dark windows", "suv", "unmarked cars", "two trucks"],
             ["camioneta blanca", "camionetas", "una van polarizada", "carros sin placas", "dos trocas", "vehiculos"]),
    "agents": (["agents", "ICE", "officers in vests", "federal agents", "men with vests", "immigration"],
               ["agentes", "la migra", "oficiales con chaleco", "hombres con chalecos", "los de inmigración", "ICE"]),
    "masks": (["masked", "faces covered", "wearing masks"], ["encapuchados", "con la cara tapada", "con máscaras"]),
    "door": (["knocking on doors", "banging at the door", "at the door of an apartment"],
             ["tocando puertas", "golpeando la puerta", "en la puerta de un departamento"]),
    "market": (["outside the market", "by the grocery store", "at the supermarket"],
               ["afuera del mercado", "junto a la tienda", "en el supermercado"]),
    "school": (["near the school", "by the elementary school"], ["cerca de la escuela", "por la primaria"]),
    "bus": (["at the bus stop", "by the bus station"], ["en la parada del bus", "en el paradero"]),
    "depot": (["home depot parking lot", "outside the hardware store", "day laborers at home depot"],
              ["estacionamiento de home depot", "afuera de la ferretería", "jornaleros en home depot"]),
    "wash": (["at the car wash", "the carwash workers"], ["en el lavado de carros", "los del autolavado"]),
    "taken": (["took a man away", "they arrested two workers", "handcuffed a woman", "someone was detained"],
              ["se llevaron a un señor", "arrestaron a dos trabajadores", "esposaron a una mujer", "detuvieron a alguien"]),
    "checkpoint": (["a checkpoint", "roadblock, checking papers", "stopping cars"],
                   ["un retén", "bloqueo, piden papeles", "paran los carros"]),
    "vendor": (["the fruit vendor", "taco stand", "street vendors running"],
               ["el frutero", "el puesto de tacos", "vendedores corriendo"]),
    "church": (["by the church", "parish parking"], ["por la iglesia", "la parroquia"]),
    "court": (["at the courthouse", "outside the court"], ["en la corte", "afuera del juzgado"]),
    "laundry": (["laundromat", "in the laundry"], ["lavandería", "en la lavandería"]),
    "clinic": (["outside the clinic", "hospital entrance"], ["afuera de la clínica", "entrada del hospital"]),
    "factory": (["garment factory", "the warehouse", "raid at the factory"],
                ["la fábrica de costura", "la bodega", "redada en la fábrica"]),
    "helicopter": (["helicopter circling", "a drone above"], ["un helicóptero dando vueltas", "un dron arriba"]),
    "chase": (["people running", "chasing somebody", "running down the alley"],
              ["la gente corre", "persiguen a alguien", "corriendo por el callejón"]),
    "soldiers": (["national guard", "soldiers with rifles", "armed troops"],
                 ["guardia nacional", "soldados con rifles", "tropas armadas"]),
}
SITES = ["market", "school", "bus", "depot", "wash", "church", "court", "laundry", "clinic", "factory", "vendor"]
ACTS = {"arrest": ["taken", "chase"], "vehicles": ["vans"], "people": ["agents", "masks"], "home": ["door"],
        "work": ["factory", "depot", "wash", "vendor"], "checkpoint": ["checkpoint"], "other": ["helicopter", "soldiers"]}
BESIDE = {"arrest": ["people", "vehicles"], "vehicles": ["people", "arrest"], "people": ["vehicles", "arrest"],
          "home": ["people", "arrest"], "work": ["arrest", "people"], "checkpoint": ["vehicles", "people"], "other": ["people"]}
EXTRA = (["please be careful", "I saw it myself", "hurry", "right now", "not sure", "about 6 of them", "7th and the avenue",
          "they are still here", "just passed by", ""],
         ["cuidado por favor", "yo lo vi", "apúrense", "ahorita", "no estoy segura", "como seis", "en la 7 y la avenida",
          "siguen aquí", "acabo de pasar", ""])
NOISE = (["police stopped a car", "loud music again", "is this the right number", "my neighbor's dog is lost", "test",
          "helicopter somewhere", "ambulance and firefighters", "LAPD cruiser with lights", "power is out", "a movie is being filmed"],
         ["la policía paró un carro", "otra vez música fuerte", "¿es este el número?", "se perdió mi perro", "prueba",
          "se oye un helicóptero", "ambulancia y bomberos", "patrulla con luces", "no hay luz", "están filmando una película"])


# Who has only heard that something is, and what goes from telephone to telephone without saying where.
VAGUE = (["someone said something happened", "is it true what they say", "heard something is going on, be careful", "please help us",
          "something is happening here", "my cousin told me to report", "what is going on over there", "they told me to write here"],
         ["dicen que pasó algo", "¿es verdad lo que dicen?", "oí que algo pasa, tengan cuidado", "ayuda por favor",
          "algo está pasando aquí", "mi prima me dijo que avisara", "qué está pasando allá", "me dijeron que escribiera aquí"])
PASSED_ON = (["Warning they are going door to door in white vans tonight, share with everybody", "Stay home tomorrow, checkpoints on every freeway exit",
              "ICE is taking people at all the bus stops today, tell your family", "Big raid planned for the factories this week, pass it on"],
             ["Cuidado vecinos, la migra anda en camionetas blancas tocando puertas, compartan", "Mañana no salgan, hay retenes en todas las salidas",
              "La migra está en el home depot agarrando a todos, compartan por favor", "Hoy hay redada en las fábricas, avisen a su familia"])


class Day:
    """One day of a county, or an hour of a surge; the same for the same seed."""

    # Up to which share places are known by the phone, by a crossing, and as a neighborhood; the others not at all.
    known = (0.76, 0.90, 0.98)
    # Told hours later, as what was seen then.
    late = 0.0

    def __init__(self, seed: int):
        self.dice = random.Random(seed)
        dice = self.dice
        self.centers = [(33.75 + dice.random() * 0.5, -118.55 + dice.random() * 0.75, 0.01 + dice.random() * 0.03) for _ in range(40)]
        self.reports: list[dict] = []
        self.events = 0
        self.people = 0

    def place(self) -> tuple[float, float]:
        dice = self.dice
        if dice.random() < 0.7:
            latitude, longitude, spread = dice.choice(self.centers)
            return latitude + dice.gauss(0, spread), longitude + dice.gauss(0, spread)
        return 33.70 + dice.random() * 0.65, -118.66 + dice.random() * 1.05

    # ---------------------------------------------------------------- words

    def typed(self, text: str) -> str:
        """As thumbs type it."""
        dice, words = self.dice, []
        for word in text.split():
            if len(word) > 3 and dice.random() < 0.06:
                at = dice.randrange(1, len(word) - 1)
                word = dice.choice([word[:at] + word[at + 1:], word[:at] + word[at + 1] + word[at] + word[at + 2:],
                                    word[:at] + word[at] + word[at:], word[:at] + dice.choice("aeiosnrtl") + word[at + 1:]])
            words.append(word)
        text = " ".join(words)
        case = dice.random()
        text = text.upper() if case < 0.04 else text.lower() if case < 0.4 else text
        return text + dice.choice(["", "", ".", "!", "!!", "..."])

    def tell(self, things: list[str], language: int) -> str:
        dice = self.dice
        told = [thing for thing in things if dice.random() < 0.75] or [dice.choice(things)]
        parts = [dice.choice(THINGS[thing][language]) for thing in told]
        dice.shuffle(parts)
        if dice.random() < 0.4:
            parts.append(dice.choice(EXTRA[language]))
        return self.typed((", " if dice.random() < 0.5 else " ").join(parts))

    # ---------------------------------------------------------------- events

    def event(self, place, began: int, minutes: float, count: int, kind: str, things: list[str]) -> int:
        """`count` reports of one event; returns its number."""
        dice, number = self.dice, self.events
        self.events += 1
        told: list[dict] = []
        picture = dice.getrandbits(64)
        for _ in range(count):
            seen = began + int(dice.random() * minutes * MINUTE)
            language = 0 if dice.random() < 0.45 else 1
            report = {"event": number, "seen": seen, "sent": seen + int(dice.expovariate(1 / 3) * MINUTE), "kind": self.kind(kind),
                      "language": ["en", "es"][language], "words": self.tell(things, language), "picture": None,
                      "source": self.source()}
            if dice.random() < 0.07:  # told when they got home
                report["sent"] += int(dice.uniform(20, 80) * MINUTE)
            elif dice.random() < 0.1:  # told later, and as if it were now
                report["seen"] = report["sent"] = seen + int(dice.uniform(3, 15) * MINUTE)
            elif self.late and dice.random() < self.late:
                report["sent"] += int(dice.uniform(100, 360) * MINUTE)
            if dice.random() < 0.08:
                report["words"] = ""
            if dice.random() < 0.12:
                report["picture"] = picture = dice.getrandbits(64)
            if told and dice.random() < 0.12:  # passed on: the same words, or the same picture, from somebody else
                other = dice.choice(told)
                if other["picture"] is not None and dice.random() < 0.6:
                    report["picture"] = other["picture"]
                    for _ in range(dice.choice([0, 0, 1, 2, 3])):
                        report["picture"] ^= 1 << dice.randrange(64)
                report["words"] = dice.choice(["", "Fwd: ", "reenviado: "]) + other["words"]
                report["language"] = other["language"]
            self.locate(report, place)
            told.append(report)
        self.reports += told
        return number

    def kind(self, kind: str) -> str:
        roll = self.dice.random()
        return kind if roll < 0.72 else self.dice.choice(BESIDE[kind]) if roll < 0.9 else "other"

    def source(self) -> str:
        self.people += 1
        return f"p{self.people}"

    def locate(self, report: dict, place) -> None:
        """By the phone, a crossing, a neighborhood, or not at all: on the usual day three in four by the phone."""
        dice = self.dice
        latitude, longitude = place
        roll = dice.random()
        if roll < self.known[0]:
            error, report["uncertainty"] = min(abs(dice.gauss(0, 90)), 250), 30
        elif roll < self.known[1]:
            error, report["uncertainty"] = dice.uniform(0, 160), 100
        elif roll < self.known[2]:
            return self.stand(report, place)
        else:
            report["latitude"] = report["longitude"] = None
            report["uncertainty"] = 50_000
            return
        angle = dice.random() * 2 * math.pi
        report["latitude"] = latitude + error * math.sin(angle) / NORTH
        report["longitude"] = longitude + error * math.cos(angle) / EAST

    def stand(self, report: dict, place) -> None:
        """In the middle of a neighborhood of about two kilometres."""
        side = 2_200
        north, east = place[0] * NORTH / side, place[1] * EAST / side
        report["latitude"], report["longitude"] = (math.floor(north) + 0.5) * side / NORTH, (math.floor(east) + 0.5) * side / EAST
        report["uncertainty"] = 1_500

    def noise(self, began: int, minutes: float, count: int) -> None:
        """Each of its own: what is no event, or one that a single person saw."""
        dice = self.dice
        for _ in range(count):
            seen = began + int(dice.random() * minutes * MINUTE)
            language = dice.randrange(2)
            kind = dice.choice(KINDS)
            words = (self.tell(self.things(kind), language) if dice.random() < 0.4 else self.typed(dice.choice(NOISE[language])))
            report = {"event": self.events, "seen": seen, "sent": seen + int(dice.expovariate(1 / 4) * MINUTE), "kind": kind,
                      "language": ["en", "es"][language], "words": words,
                      "picture": dice.getrandbits(64) if dice.random() < 0.05 else None, "source": self.source()}
            self.events += 1
            self.locate(report, self.place())
            self.reports.append(report)

    def things(self, kind: str) -> list[str]:
        dice = self.dice
        things = [dice.choice(ACTS[kind]), *(dice.sample(["agents", "vans", "masks"], 2))]
        if kind not in ("work", "checkpoint", "home"):
            things.append(dice.choice(SITES))
        return list(dict.fromkeys(things))

    def done(self) -> list[dict]:
        """In the order in which they come in."""
        self.reports.sort(key=lambda report: report["sent"])
        for number, report in enumerate(self.reports):
            report["id"] = f"r{number}"
        return self.reports


class HardDay(Day):
    """One report in seven knows no more than a neighborhood, and one in twenty is told hours later."""

    known = (0.66, 0.84, 0.98)
    late = 0.05

    def plain(self, seen: int, kind: str, language: int, words: str, place, event: int | None = None, alike=None) -> dict:
        """A report that stands by itself, of an event of its own unless it is said which."""
        if event is None:
            event, self.events = self.events, self.events + 1
        report = {"event": event, "seen": seen, "sent": seen + int(self.dice.expovariate(1 / 3) * MINUTE), "kind": kind,
                  "language": ["en", "es"][language], "words": words, "picture": None, "source": self.source(), "alike": alike,
                  "latitude": None, "longitude": None, "uncertainty": 50_000}
        if place is not None:
            self.stand(report, place)
        self.reports.append(report)
        return report

    def only(self, *known: float):
        """The shares of `known`, for the events made next."""
        self.known = known

    def second(self, place, ended: int, kind: str, things: list[str]) -> None:
        """Something else at the same place, or a few streets on, when what was there is over."""
        dice = self.dice
        away, angle = dice.choice([0, 0, 60, 150, 400, 900]), dice.random() * 2 * math.pi
        near = place[0] + away * math.sin(angle) / NORTH, place[1] + away * math.cos(angle) / EAST
        other = kind if dice.random() < 0.2 else dice.choice([one for one in KINDS if one != kind])
        sites = [thing for thing in self.things(other) if thing not in things or thing in ("agents", "vans", "masks")]
        self.event(near, ended + int(dice.uniform(30, 88) * MINUTE), dice.uniform(8, 40), min(25, 1 + int(dice.paretovariate(0.9))), other, sites)

    def crowd(self, place, began: int, kind: str) -> None:
        """Forty to eighty who send anything at all from one neighborhood, and a real event of five to eight in the middle.
        Those of one text may stand together or not: `alike`."""
        dice, crowd = self.dice, len(self.reports)
        minutes, lines = dice.uniform(15, 60), [dice.randrange(len(NOISE[0])) for _ in range(6)]
        for number in range(dice.randrange(40, 81)):
            language, line = dice.randrange(2), dice.choice(lines)
            self.plain(began + int(dice.random() * minutes * MINUTE), kind, language, self.typed(f"{NOISE[language][line]} {number}"), place,
                       alike=(crowd, line))
        usual = self.known
        self.only(0.3, 0.4, 1)
        self.event(place, began, minutes, dice.randrange(5, 9), kind, self.things(kind))
        self.only(*usual)

    def vague(self, place, began: int, kind: str) -> None:
        """Somebody in the neighborhood has heard of it, or of something else: nobody can say."""
        dice = self.dice
        language = dice.randrange(2)
        self.plain(began + int(dice.uniform(-25, 30) * MINUTE), kind, language, self.typed(dice.choice(VAGUE[language])), place)

    def chain(self, began: int, language: int, words: str) -> None:
        """One text without a place, from telephone to telephone: of one thing, true or not."""
        dice, event = self.dice, self.events
        self.events += 1
        for _ in range(dice.randrange(4, 13)):
            told = dice.choice(["", "", "Fwd: ", "URGENTE ", "!! "]) + words
            self.plain(began + int(dice.random() * 60 * MINUTE), "other", language, told, None, event)


def hard_day(seed: int) -> list[dict]:
    """What a usual day has little of: other events where one just ended, places known as neighborhoods only, crowds with
    real ones inside, hearsay, texts passed on without a place, and what is told hours later."""
    made = HardDay(seed)
    dice = made.dice
    for _ in range(130):
        place, began = made.place(), MORNING + int(dice.random() * 12 * 60) * MINUTE
        kind, minutes = dice.choice(KINDS), dice.uniform(8, 50)
        things = made.things(kind)
        made.event(place, began, minutes, min(40, 1 + int(dice.paretovariate(0.9))), kind, things)
        if dice.random() < 0.5:
            made.second(place, began + int(minutes * MINUTE), kind, things)
        for _ in range(dice.choice([0, 1, 1, 2])):
            made.vague(place, began, kind)
    for _ in range(6):
        made.crowd(made.place(), MORNING + int(dice.random() * 13 * 60) * MINUTE, dice.choice(KINDS[:-1]))
    for language, words in dice.sample([(language, words) for language in (0, 1) for words in PASSED_ON[language]], 6):
        made.chain(MORNING + int(dice.random() * 13 * 60) * MINUTE, language, words)
    made.noise(MORNING, 14 * 60, 500)
    return made.done()


def day(seed: int, events: int = 220, noise: int = 900) -> list[dict]:
    """Events of one to forty reports all day long, one in eight with another event not far from it, and noise."""
    made = Day(seed)
    dice = made.dice
    for _ in range(events):
        place, began = made.place(), MORNING + int(dice.random() * 14 * 60) * MINUTE
        kind = dice.choice(KINDS)
        made.event(place, began, dice.uniform(8, 50), min(40, 1 + int(dice.paretovariate(0.9))), kind, made.things(kind))
        if dice.random() < 0.125:
            # Another event at the same time, a few blocks on: of another kind, at another site.
            away, angle = dice.uniform(600, 1_300), dice.random() * 2 * math.pi
            near = place[0] + away * math.sin(angle) / NORTH, place[1] + away * math.cos(angle) / EAST
            other = dice.choice([one for one in KINDS if one != kind])
            made.event(near, began + int(dice.uniform(-20, 20) * MINUTE), dice.uniform(8, 40), dice.randrange(2, 12), other, made.things(other))
    made.noise(MORNING, 14 * 60, noise)
    return made.done()


def crowd(seed: int, reports: int = 200_000) -> list[dict]:
    """The worst day: four in five of so many reports are of events that eight hundred tell of, the others of their own."""
    made = Day(seed)
    dice = made.dice
    events = reports // 1_000
    for _ in range(events):
        kind = dice.choice(KINDS)
        began = MORNING + int(dice.random() * 14 * 60) * MINUTE
        made.event(made.place(), began, dice.uniform(20, 60), reports * 4 // 5 // events, kind, made.things(kind))
    made.noise(MORNING, 14 * 60, reports - len(made.reports))
    return made.done()


def surge(seed: int, reports: int = 10_000, real: int = 50) -> tuple[list[dict], int]:
    """Ten minutes in which everybody writes: a march that half of them tell of, rumors without a place, the same picture
    passed on, spam, and `real` reports of one raid. Returns the reports and the number of the raid."""
    made = Day(seed)
    dice = made.dice
    downtown = (34.0537 + dice.uniform(-0.01, 0.01), -118.2430 + dice.uniform(-0.01, 0.01))
    made.event(downtown, MORNING, 10, int(reports * 0.4), "other", ["soldiers", "helicopter", "masks"])
    raid = made.event((34.0480 + dice.uniform(-0.02, 0.02), -118.1700 + dice.uniform(-0.02, 0.02)), MORNING + MINUTE, 9, real, "work",
                      ["factory", "agents", "vans"])
    made.noise(MORNING, 10, reports - len(made.reports))
    return made.done(), raid


def write(reports: list[dict], path) -> None:
    """Tab-separated: id, seen, sent, latitude, longitude, uncertainty, kind, language, picture, source, words."""
    with open(path, "w", encoding="utf-8") as file:
        for one in reports:
            where = ("", "") if one["latitude"] is None else (f"{one['latitude']:.6f}", f"{one['longitude']:.6f}")
            picture = "" if one["picture"] is None else f"{one['picture']:016x}"
            file.write("\t".join([one["id"], str(one["seen"]), str(one["sent"]), *where, str(one["uncertainty"]), one["kind"],
                                  one["language"], picture, one["source"], one["words"]]) + "\n")


def pairs(labels) -> int:
    """How many pairs have the same label."""
    counts: dict = {}
    for label in labels:
        counts[label] = counts.get(label, 0) + 1
    return sum(count * (count - 1) // 2 for count in counts.values())


def score(truth: list, found: list, alike: list | None = None) -> tuple[float, float]:
    """Pairwise precision and recall: of the pairs put together, how many belong; of those that belong, how many are.
    Pairs that are `alike` (two lines of a crowd with the same text) may stand together or not."""
    together, belong, both = pairs(found), pairs(truth), pairs(zip(truth, found))
    if alike:
        together -= pairs((home, same) for home, same in zip(found, alike) if same is not None)
    return both / max(1, together), both / max(1, belong)


def with_suggestions(truth: list, found: list, suggested: list) -> list:
    """Where reports stand once a person said yes to each right suggestion: that of the incident with most of the event."""
    counts: dict = {}
    for event, home in zip(truth, found):
        counts.setdefault(event, {}).setdefault(home, 0)
        counts[event][home] += 1
    home_of = {event: max(homes, key=homes.get) for event, homes in counts.items()}
    return [home_of[event] if home_of[event] in shown else home for event, home, shown in zip(truth, found, suggested)]


def check() -> None:
    """The score itself, on what can be counted by hand."""
    truth, found = [1, 1, 1, 2, 2, 3], ["a", "a", "b", "b", "c", "d"]
    right = sum(truth[i] == truth[j] and found[i] == found[j] for i, j in combinations(range(6), 2))
    assert score(truth, found) == (right / 2, right / 4)
    assert with_suggestions(truth, found, [[], [], ["x", "a"], [], ["a"], []]) == ["a", "a", "a", "b", "c", "d"]
    # The one wrong pair is of two lines of one crowd.
    assert score(truth, found, [None, None, "x", "x", None, None]) == (right / 1, right / 4)

// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// What speaks for a report belonging to an incident, as bare numbers: made for every candidate that may count, so
/// without a single allocation. `Score` puts it into words when somebody asks.
struct GroupingEvidence: Hashable, Sendable {
    struct Measure: Hashable, Sendable {
        var value = 0.0
        /// 0: says nothing.
        var weight = 0.0
    }

    /// What both call the spot.
    enum Spot: Hashable, Sendable {
        case unsaid, street, same
    }

    let metres: Double
    let tolerance: Double
    let minutes: Double
    let likeness: WordSketch.Likeness?
    let sameKind: Int
    let allKinds: Int
    let bitsApart: Int?
    let certainty: Score.Certainty
    let isSameCrossing: Bool
    let spot: Spot

    let space: Measure
    let time: Measure
    let words: Measure
    let kind: Measure
    let picture: Measure
    /// The weighted mean, 0 to 1.
    let total: Double
    /// Whether it may be attached without a person.
    let mayAttach: Bool
    /// Whether it may follow what several people tell of already, if nothing else comes near: not a witness then.
    let mayFollow: Bool
    /// Whether words, kind or picture say the same, and not only place and time.
    let agrees: Bool

    /// Nil when the incident is out of reach. Inlined: there is one caller that counts, and two hundred bytes to hand over.
    @inline(__always)
    init?(_ report: borrowing ReportTraits, _ incident: borrowing IncidentTraits, _ settings: GroupingSettings) {
        minutes = Self.minutes(report.at, incident)
        guard minutes <= settings.window else { return nil }
        let late = max(0, minutes - settings.sameMinutes) / max(settings.window - settings.sameMinutes, 1)
        time = Measure(value: 1 - settings.timeFall * late, weight: settings.timeWeight)

        let crossing = incident.meeting(report, settings)
        var place = Measure()
        isSameCrossing = crossing == .same || crossing == .perhaps
        if isSameCrossing {
            // Where nobody knows that it is the same corner, the name is a reason to ask and none to attach.
            (metres, tolerance, certainty) = (0, CrossingMark.tolerance, crossing == .same ? .exact : .none)
            place = Measure(value: 1, weight: settings.spaceWeight / (1 + tolerance / settings.vagueMetres))
        } else if let point = report.point, let center = incident.center {
            metres = center.distance(to: point)
            tolerance = min(report.uncertainty + incident.uncertainty, settings.mostUncertainty)
            let gap = max(0, metres - tolerance)
            guard gap <= settings.reach else { return nil }
            let halves = gap / settings.halfMetres
            // The vaguer the place, the less it says.
            place = Measure(
                value: 1 / (1 + halves * halves),
                weight: settings.spaceWeight / (1 + tolerance / settings.vagueMetres)
            )
            certainty = tolerance <= settings.coarse ? .exact : .coarse
        } else {
            (metres, tolerance, certainty) = (0, 0, .none)
        }
        // Most know the spot exactly, or have no name for it.
        let called =
            certainty == .exact || !report.hasSpot || crossing != .unsaid
            ? SpotMarks.Meeting.unsaid : incident.spot.meeting(report.spot)
        switch called {
        case .same:
            place = Measure(value: 1, weight: settings.spotSpaceWeight)
            spot = .same
        case .street: spot = .street
        case .unsaid, .other, .strange: spot = .unsaid
        }
        space = place

        let compared = incident.compare(report.words)
        likeness = compared.likeness
        // Two people say the same thing in quite different words: nothing in common is weak evidence against.
        if let value = likeness?.value {
            words = Measure(
                value: settings.wordsFloor + (1 - settings.wordsFloor) * value,
                weight: settings.wordsWeight
            )
        } else {
            words = Measure()
        }

        sameKind = incident.count(of: report.kindMark)
        allKinds = incident.allKinds
        kind =
            report.kindMark == 0 || allKinds == 0
            ? Measure() : Measure(value: Double(sameKind) / Double(incident.mostOfAKind), weight: settings.kindWeight)

        // Different pictures of one event are usual: only a same picture says something.
        if let picture = report.picture, let bits = incident.bitsApart(from: picture), bits <= settings.samePictureBits
        {
            bitsApart = bits
        } else {
            bitsApart = nil
        }
        picture = bitsApart == nil ? Measure() : Measure(value: 1, weight: settings.pictureWeight)
        // On a street that doesn't run there.
        if called == .other, certainty == .coarse, bitsApart == nil { return nil }

        // What has no place fits everywhere: nobody is asked unless words or a picture are shared, and never across corners.
        if certainty == .none, bitsApart == nil, crossing != .perhaps, spot != .same {
            guard crossing != .other, likeness?.shared ?? 0 > 0 else { return nil }
        }

        let weight = space.weight + time.weight + words.weight + kind.weight + picture.weight
        let sum =
            space.weight * space.value + time.weight * time.value + words.weight * words.value
            + kind.weight * kind.value + picture.weight * picture.value
        total = weight > 0 ? min(max(sum / weight, 0), 1) : 0

        let agreement = Agreement(
            words: likeness,
            said: (compared.saidBefore ?? 0, Double(report.words.weight)),
            kind: kind.weight > 0 ? kind.value >= 0.5 : nil,
            isKindNamed: kind.weight == 0 || sameKind > 0,
            isPicture: bitsApart != nil
        )
        let isKnown = incident.count >= settings.knownReports && minutes <= settings.tightMinutes
        let isThere =
            switch certainty {
            case .exact: agreement.holdsAtPlace(minutes, gap: metres - tolerance, settings)
            case .coarse: agreement.holdsNearby(minutes, isKnown, called, settings)
            case .none where spot != .unsaid: agreement.holdsAway(minutes, called, settings)
            // Of all places it could be any: the very same picture, or one text that goes round, unless it names another spot.
            // Two people may ask the same in few words, each for themselves.
            case .none:
                bitsApart != nil
                    || (report.isPlaceless && called == .unsaid && (!report.asks || report.words.isLong)
                        && incident.hasSaid(report.words))
            }
        mayAttach = isThere && crossing != .other
        // Those who follow are never more than those who were followed.
        let isFollowed = incident.witnesses >= settings.followedWitnesses && incident.count < 2 * incident.witnesses
        mayFollow =
            !isThere && !report.asks && crossing != .other && crossing != .perhaps && isFollowed
            && minutes <= settings.followMinutes
            && agreement.follows(certainty, settings)
        agrees = agreement.isThere(settings) && !mayFollow
    }

    private static func minutes(_ at: Instant, _ incident: borrowing IncidentTraits) -> Double {
        if at < incident.first { return (Double(incident.first.milliseconds) - Double(at.milliseconds)) / 60_000 }
        if at > incident.last { return (Double(at.milliseconds) - Double(incident.last.milliseconds)) / 60_000 }
        return 0
    }
}

/// What a report and an incident say alike, apart from where and when. Being at a place at a time is no reason by itself: the
/// next thing may happen there, and a crowd may write from there.
private struct Agreement {
    /// Nil when one of them says too little to compare.
    let words: WordSketch.Likeness?
    /// How much of the report was said before, and what all of it weighs.
    let said: (share: Double, weight: Double)
    /// Nil when one of them names none.
    let kind: Bool?
    /// Whether anybody there names its kind, or nobody any.
    let isKindNamed: Bool
    let isPicture: Bool

    private var likeness: Double { words?.value ?? 0 }

    /// More than what is in every second report.
    private func isOwn(_ weight: Double, _ settings: GroupingSettings) -> Bool { weight >= settings.ownWeight }

    private func isOwn(_ settings: GroupingSettings) -> Bool { isOwn(Double(words?.common ?? 0), settings) }

    func isThere(_ settings: GroupingSettings) -> Bool {
        isPicture || kind == true || likeness >= settings.agreeWords
    }

    func isAlike(_ settings: GroupingSettings) -> Bool {
        likeness >= settings.alikeWords && words?.shared ?? 0 >= settings.alikeSharedWords && isOwn(settings)
    }

    /// At the very place.
    func holdsAtPlace(_ minutes: Double, gap: Double, _ settings: GroupingSettings) -> Bool {
        if isPicture || likeness >= settings.surelyWords { return true }
        // Farther apart than two people who look at one thing: what they say, if they do, must be of one thing.
        if gap > settings.apartMetres, words != nil {
            return likeness >= settings.agreeWords && kind != false && minutes <= settings.agreedMinutes
        }
        // Both told something, and nothing of it is the same.
        if kind == false, words?.shared == 0 { return minutes <= settings.contraryMinutes }
        let most =
            switch (likeness >= settings.agreeWords, kind) {
            case (true, true): settings.tightMinutes
            case (false, true) where words == nil: settings.tightMinutes
            case (true, _), (_, true): settings.agreedMinutes
            // Nothing in common says more than nothing to compare.
            case (false, _): words == nil ? settings.silentMinutes : settings.strangeMinutes
            }
        return minutes <= most
    }

    /// Where one of them knows no neighborhood: two names for the spot, or a street and the words.
    func holdsAway(_ minutes: Double, _ spot: SpotMarks.Meeting, _ settings: GroupingSettings) -> Bool {
        if isPicture { return true }
        // At the very place minutes would be enough; of all places they never are.
        if kind == false, words?.shared == 0 { return false }
        return switch spot {
        case .same(isSure: true): holdsAtPlace(minutes, gap: 0, settings)
        case .street:
            minutes <= settings.awayMinutes && kind != false && likeness >= settings.agreeWords && isOwn(settings)
        case .same(isSure: false), .other, .strange, .unsaid: false
        }
    }

    /// A place known only as a neighborhood holds many events: words must say the same, or the picture.
    func holdsNearby(
        _ minutes: Double,
        _ isKnown: Bool,
        _ spot: SpotMarks.Meeting,
        _ settings: GroupingSettings
    ) -> Bool {
        switch spot {
        case .same: return holdsAtPlace(minutes, gap: 0, settings)
        case .street where minutes <= settings.streetMinutes && kind != false:
            if kind == true || likeness >= settings.tightWords { return true }
        case .strange where !isPicture && likeness < settings.strangeSpotWords: return false
        case .street, .strange, .other, .unsaid: break
        }
        if isPicture || isAlike(settings) { return true }
        let most = kind == false ? settings.strangeTightMinutes : settings.tightMinutes
        // One word is a name for a thing, and no account of it; of two kinds it may be the name of two things.
        let isAccount = words?.of ?? 0 >= 2 && (kind != false || words?.shared ?? 0 >= 2)
        let isTight = likeness >= settings.tightWords && isAccount
        if minutes <= most, isTight, isOwn(settings) { return true }
        return isKnown && said.share >= settings.repeatedWords && isOwn(said.share * said.weight, settings)
    }

    /// Beside what several people agree on, and the only such thing there.
    func follows(_ certainty: Score.Certainty, _ settings: GroupingSettings) -> Bool {
        switch certainty {
        case .exact: false
        // Nothing speaks against it: a word in common, and more than "agents" where the kind is another; or no words and a
        // kind that somebody there named.
        case .coarse:
            words.map { $0.common > 0 && (kind != false || $0.shared >= 2 || isOwn(settings)) } ?? isKindNamed
        // Nearly all that it says was said of it.
        case .none:
            said.share >= settings.followedWords && said.share * said.weight >= settings.followedWeight
        }
    }
}

extension GroupingEvidence {
    /// The same in words, for people.
    var parts: [Part] {
        func part(_ name: Part.Name, _ measure: Measure, _ facts: [Part.Fact]) -> Part {
            Part(name: name, value: measure.value, weight: measure.weight, facts: facts)
        }
        func whole(_ number: Double) -> Int { Int(min(max(number.rounded(), 0), 1_000_000_000)) }
        let placed: [Part.Fact] =
            isSameCrossing
            ? [.sameCrossing]
            : spot == .same
                ? [.sameName]
                : (certainty == .none ? [.placeUnknown] : [.metres(whole(metres)), .within(whole(tolerance))])
                    + (spot == .street ? [.sameStreet] : [])
        let named: Part.Fact = kind.weight > 0 ? .sameKind(sameKind, of: allKinds) : .kindUnknown
        let shared: Part.Fact = likeness.map { .sharedWords($0.shared, of: $0.of) } ?? .tooFewWords
        return [
            part(.space, space, placed),
            part(.time, time, [.minutes(whole(minutes))]),
            part(.words, words, [shared]),
            part(.kind, kind, [named]),
            part(.picture, picture, bitsApart.map { [.bitsApart($0)] } ?? []),
        ]
    }
}

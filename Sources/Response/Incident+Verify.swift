// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

extension Incident {
    /// What came of a verification.
    package enum Outcome: Sendable, Hashable {
        /// The incident is answered: everybody who asks sees it from now on.
        case answered
        /// Kept and signed; a confirmation that nobody saw with their own eyes needs a second person, and so does taking
        /// back what is known better.
        case needsSecondPerson
    }

    /// Adds what the caller found, signed in their name. *Confirmed* answers the incident when a trained neighbor was
    /// on the scene (L4), or when two different people each say so from L2 up; anything else answers at once, but for what
    /// was confirmed from L3 up and is now said otherwise from lower down: that takes two different people too. The second
    /// of the two may be whoever may answer reporters, without being a verifier. `despiteReports`: they were told that more
    /// come in, and say it all the same.
    @discardableResult
    package static func verify(
        _ id: Ref<Incident>,
        finding: Verification.Finding,
        expecting version: Int? = nil,
        despiteReports: Bool = false,
        by caller: Caller,
        timings: Timings,
        in tx: Transaction
    ) throws -> Outcome {
        guard caller.can(.verify) || caller.can(.answer) else { throw Refusal.forbidden }
        let incident = try find(id, by: caller, in: tx)
        var finding = try checked(finding)
        guard incident.mergedInto == nil, incident.state != .closed else { throw stale(incident) }
        let isTakenBack = takesBack(finding, incident)
        let isSecond =
            try finding.truth == .confirmed
            ? wasConfirmed(before: caller, incident, in: tx)
            : isTakenBack && wasSaid(finding.truth, before: caller, incident, in: tx)
        if !caller.can(.verify), !isSecond || finding.how == .onScene { throw Refusal.forbidden }
        finding.witness =
            try finding.how == .onScene ? Verification.witness(of: finding, on: id, by: caller, in: tx) : nil
        let footing: Footing = despiteReports ? .people : .everything
        let answers = isSecond || (finding.truth == .confirmed ? finding.level == .onScene : !isTakenBack)
        let entry = try Verification.write(finding, on: incident, by: caller, in: tx)
        var data = ["truth": finding.truth.rawValue, "level": finding.level.name, "how": finding.how.rawValue]
        data["verification"] = entry.text
        if finding.spoke { data["spoke"] = "1" }
        if incident.truth != .unknown, incident.truth != finding.truth { data["before"] = incident.truth.rawValue }
        if answers {
            try answer(incident, finding, expecting: version, on: footing, timings, by: caller, in: tx)
        } else {
            try step(
                incident,
                expecting: version,
                on: footing,
                "state = CASE state WHEN 'unverified' THEN 'verifying' ELSE state END",
                "state <> 'closed' AND merged_into IS NULL",
                in: tx
            )
        }
        try record("verified", id, by: caller, data, in: tx)
        guard answers else { return .needsSecondPerson }
        try record("answered", id, by: caller, data, in: tx)
        if finding.truth == .confirmed, incident.truth != .confirmed {
            try AttorneyOnCall.next(id, timings: timings, in: tx)
        }
        return .answered
    }

    /// What was confirmed has ended: nobody else has to go.
    package static func over(
        _ id: Ref<Incident>,
        expecting version: Int? = nil,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        try caller.require(.answer)
        let incident = try find(id, by: caller, in: tx)
        try step(
            incident,
            expecting: version,
            "is_over = 1, review_at = NULL, expires_at = NULL",
            "state = 'answered' AND truth = 'confirmed' AND is_over = 0",
            in: tx
        )
        try sendHome(from: id, by: caller, in: tx)
        try record("over", id, by: caller, in: tx)
    }

    /// It was not over: it goes on.
    package static func resume(
        _ id: Ref<Incident>,
        expecting version: Int? = nil,
        by caller: Caller,
        timings: Timings,
        in tx: Transaction
    ) throws {
        try caller.require(.answer)
        let incident = try find(id, by: caller, in: tx)
        try step(
            incident,
            expecting: version,
            "is_over = 0, review_at = \(tx.now + timings.reviewEvery), expires_at = \(tx.now + timings.expiry)",
            "state = 'answered' AND truth = 'confirmed' AND is_over = 1",
            in: tx
        )
        try watch(id, timings, in: tx)
        try Assignment.tellChanged(Assignment.going(to: id, in: tx), by: caller, in: tx)
        try record("reviewed", id, by: caller, ["resumed": "1"], in: tx)
    }

    /// Somebody looked again, and it still goes on.
    package static func review(
        _ id: Ref<Incident>,
        expecting version: Int? = nil,
        by caller: Caller,
        timings: Timings,
        in tx: Transaction
    ) throws {
        try caller.require(.answer)
        let incident = try find(id, by: caller, in: tx)
        try step(
            incident,
            expecting: version,
            "review_at = \(tx.now + timings.reviewEvery), expires_at = \(tx.now + timings.expiry)",
            "state = 'answered' AND truth = 'confirmed' AND is_over = 0",
            in: tx
        )
        try watch(id, timings, in: tx)
        try record("reviewed", id, by: caller, in: tx)
    }

    private static func answer(
        _ incident: Incident,
        _ finding: Verification.Finding,
        expecting version: Int?,
        on footing: Footing,
        _ timings: Timings,
        by caller: Caller,
        in tx: Transaction
    ) throws {
        let isConfirmed = finding.truth == .confirmed
        let review = isConfirmed ? tx.now + timings.reviewEvery : nil
        let expiry = isConfirmed ? tx.now + timings.expiry : nil
        try step(
            incident,
            expecting: version,
            on: footing,
            """
            state = 'answered', truth = \(finding.truth), level = \(finding.level),
                explanation = \(try finding.explanation?.json), answered_at = \(tx.now), is_over = 0,
                review_at = \(review), expires_at = \(expiry)
            """,
            "state <> 'closed' AND merged_into IS NULL",
            in: tx
        )
        try Report.triageAll(of: incident.id, in: tx)
        try Debrief.expect(incident.id, isExercise: incident.isExercise, in: tx)
        if isConfirmed {
            try watch(incident.id, timings, in: tx)
            let going = try Assignment.going(to: incident.id, in: tx)
            if !incident.isKnownGoingOn { try Assignment.tellChanged(going, by: caller, in: tx) }
        } else {
            try sendHome(from: incident.id, by: caller, in: tx)
            try AttorneyOnCall.release(incident.id, in: tx)
        }
    }

    /// Confirmed before, and not over: saying so again is no news to whoever is there.
    private var isKnownGoingOn: Bool { state == .answered && truth == .confirmed && !isOver }

    /// Nothing to see: nobody else has to go. Whoever is on scene is told, leaves when they are done, and is watched until
    /// then.
    static func sendHome(
        from id: Ref<Incident>,
        because end: Assignment.End = .stopped,
        by caller: Caller?,
        in tx: Transaction
    ) throws {
        try Dispatch.stopAll(of: id, because: end, actor: caller?.person, in: tx)
        let going = try Assignment.going(to: id, in: tx)
        try Assignment.end(going.filter { $0.state != .onScene }, because: end, actor: caller?.person, in: tx)
        try Assignment.tellChanged(going.filter { $0.state == .onScene }, by: caller, in: tx)
    }

    private static func watch(_ id: Ref<Incident>, _ timings: Timings, in tx: Transaction) throws {
        let review = tx.now + timings.reviewEvery
        let expiry = tx.now + timings.expiry
        try tx.enqueue(ReviewDue(incident: id), at: review, key: "review:\(id):\(review.milliseconds)")
        try tx.enqueue(ExpireIncident(incident: id), at: expiry, key: "expire:\(id):\(expiry.milliseconds)")
    }

    /// Whether another person confirmed it before, from L2 up, and nobody found otherwise since.
    private static func wasConfirmed(before caller: Caller, _ incident: Incident, in tx: Transaction) throws -> Bool {
        try confirmations(of: incident.id, in: tx).contains { $0.person != caller.person && $0.level >= .supported }
    }

    private static func confirmations(of id: Ref<Incident>, in tx: Transaction) throws -> [Verification] {
        Array(try Verification.all(of: id, in: tx).suffix(while: { $0.truth == .confirmed }))
    }

    /// A merge is taken back, and what was confirmed of both may rest on what was signed of the other: then it is only
    /// being checked again, and the public is told so.
    static func keepOnlyWhatIsSigned(of incident: Incident, by caller: Caller, in tx: Transaction) throws {
        guard incident.state == .answered, incident.truth == .confirmed else { return }
        let left = try confirmations(of: incident.id, in: tx)
        let isSecond = left.contains { $0.level >= .supported } && Set(left.map(\.person)).count > 1
        if isSecond || left.contains(where: { $0.level == .onScene }) { return }
        try tx.run(
            """
            UPDATE incidents SET state = 'verifying', truth = 'unknown', explanation = NULL, answered_at = NULL,
                is_over = 0, review_at = NULL, expires_at = NULL
            WHERE id = \(incident.id)
            """
        )
        try AttorneyOnCall.release(incident.id, in: tx)
        try Assignment.tellChanged(Assignment.going(to: incident.id, in: tx), by: caller, in: tx)
        try record("verifying", incident.id, by: caller, in: tx)
    }

    /// Whether it says otherwise than what was confirmed from L3 up, and knows it less well.
    private static func takesBack(_ finding: Verification.Finding, _ incident: Incident) -> Bool {
        incident.truth == .confirmed && incident.level >= .trusted && finding.truth != .confirmed
            && finding.level < incident.level
    }

    /// Whether another person said the same, and nobody found otherwise since.
    private static func wasSaid(
        _ truth: Truth,
        before caller: Caller,
        _ incident: Incident,
        in tx: Transaction
    ) throws -> Bool {
        try Verification.all(of: incident.id, in: tx).suffix(while: { $0.truth == truth })
            .contains { $0.person != caller.person }
    }

    private static func stale(_ incident: Incident) -> Refusal {
        conflict(incident.mergedInto == nil ? "incident.closed" : "incident.merged")
    }

    private static func checked(_ finding: Verification.Finding) throws -> Verification.Finding {
        var check = FieldCheck()
        var finding = finding
        finding.note = check.text(finding.note, "note", limit: Verification.longestNote)
        var words: [String: String] = [:]
        for (language, text) in finding.explanation?.words ?? [:] where LanguageCode.isReal(language) {
            words[language] = check.text(text, "explanation", limit: Explanation.limit)
        }
        finding.explanation = words.isEmpty ? nil : Explanation(words)
        for text in words.values + [finding.note].compactMap(\.self) {
            ReportFiling.flagNeverKept(text, words.values.contains(text) ? "explanation" : "note", &check)
        }
        if finding.truth == .unknown { check.flag("truth", "response.no_truth|Choose what you found.") }
        if finding.truth == .notEnforcement, words.isEmpty {
            check.flag("explanation", "response.no_explanation|Say what it was. Neighbors will read it.")
        }
        if finding.level > finding.how.highest {
            check.flag(
                "level",
                Phrase(
                    "response.level_too_high|What you know can reach {level} at most.",
                    ["level": finding.how.highest.name]
                )
            )
        }
        if finding.truth == .confirmed, finding.level < .supported {
            check.flag("level", "response.level_too_low|To confirm, you need a photo, two separate reports, or more.")
        }
        try check.settle()
        return finding
    }
}

extension Array {
    /// The longest end of the array whose elements all fit.
    fileprivate func suffix(while fits: (Element) -> Bool) -> ArraySlice<Element> {
        var start = endIndex
        while start > startIndex, fits(self[start - 1]) { start -= 1 }
        return self[start...]
    }
}

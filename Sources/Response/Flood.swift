// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// More comes in than the shift can take: whoever asks about what is known gets the verified status first, and only what
/// is new reaches a person. Begins by itself above a setting, or when a dispatcher says so; either way it is on the record.
package struct Flood: Sendable, Hashable {
    package enum Mode: String, Sendable, CaseIterable { case automatic, on, off }

    package let isOn: Bool
    package let mode: Mode
    /// Since when, and who said so; nil: by itself.
    package let since: Instant?
    package let by: Ref<Person>?
    /// Reports, texts and calls in the last 15 minutes, and from how many on it begins.
    package let intake: Int
    package let threshold: Int

    package static let window = Duration.minutes(15)
    package static let thresholds = 5...2_000
    private static let usual = 30
    private static let (modeKey, stateKey, sinceKey, thresholdKey) = (
        "flood.mode", "flood.state", "flood.since", "flood.threshold"
    )

    /// Whether it should be on. Pure: it begins at the threshold, and ends under half of it, so that it doesn't flicker.
    package static func should(be mode: Mode, isOn: Bool, intake: Int, threshold: Int) -> Bool {
        switch mode {
        case .on: true
        case .off: false
        case .automatic: isOn ? intake * 2 >= threshold : intake >= threshold
        }
    }

    /// Whether it is on, which every page of the board asks: nothing is counted for it.
    package static func isOn(in tx: Transaction) throws -> Bool { try Settings.value(stateKey, in: tx) == "on" }

    package static func state(in tx: Transaction) throws -> Flood {
        let settings = try Settings.all(in: tx)
        let threshold = settings[thresholdKey].flatMap(Int.init) ?? usual
        let parts = settings[sinceKey]?.split(separator: " ").map(String.init) ?? []
        return Flood(
            isOn: settings[stateKey] == "on",
            mode: settings[modeKey].flatMap(Mode.init) ?? .automatic,
            since: parts.first.flatMap { Int64($0) }.map(Instant.init(milliseconds:)),
            by: parts.dropFirst().first.flatMap { Ref<Person>($0) },
            intake: try intake(in: tx),
            threshold: thresholds.contains(threshold) ? threshold : usual
        )
    }

    /// Turned on or off by a person, or left to itself again.
    package static func set(_ mode: Mode, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.dispatch)
        try Settings.set(modeKey, to: mode.rawValue, by: caller.person.text, in: tx)
        let state = try state(in: tx)
        try become(
            should(
                be: mode,
                isOn: mode == .automatic ? state.isOn : false,
                intake: state.intake,
                threshold: state.threshold
            ),
            by: caller,
            in: tx
        )
    }

    package static func setThreshold(_ count: Int, by caller: Caller, in tx: Transaction) throws {
        try caller.require(.manageSettings)
        guard thresholds.contains(count) else {
            throw Refusal.invalid(["threshold": "flood.range|Choose from 5 to 2,000."])
        }
        try Settings.set(thresholdKey, to: "\(count)", by: caller.person.text, in: tx)
        try tx.attest(
            Event("settings.changed", subject: thresholdKey, actor: caller.person.text, data: ["count": "\(count)"])
        )
    }

    /// Run every few seconds: writes only when it begins or ends.
    package static func look(in database: Database) async throws {
        let turns = try await database.read { tx in
            let now = try state(in: tx)
            return now.shouldBe != now.isOn
        }
        guard turns else { return }
        try await database.write { tx in
            let now = try state(in: tx)
            try become(now.shouldBe, by: nil, in: tx)
        }
    }

    private var shouldBe: Bool { Self.should(be: mode, isOn: isOn, intake: intake, threshold: threshold) }

    private static func become(_ isOn: Bool, by caller: Caller?, in tx: Transaction) throws {
        let before = try Settings.value(stateKey, in: tx) == "on"
        guard isOn != before else { return }
        try Settings.set(stateKey, to: isOn ? "on" : "off", by: caller?.person.text, in: tx)
        let since = ["\(tx.now.milliseconds)", caller?.person.text].compactMap(\.self).joined(separator: " ")
        try Settings.set(sinceKey, to: since, by: caller?.person.text, in: tx)
        try tx.attest(Event(isOn ? "flood.began" : "flood.ended", subject: "console", actor: caller?.person.text))
    }

    private static func intake(in tx: Transaction) throws -> Int {
        let from = tx.now - window
        // By name, which begins with the time: a table of sealed words is not looked through every few seconds.
        // Those of drills are taken off again: the names of all stand in one index, those of drills in another.
        let first = Ref<Report>.new(at: from)
        return try tx.count("SELECT count(*) FROM reports WHERE id > \(first)")
            - tx.count("SELECT count(*) FROM reports WHERE id > \(first) AND exercise = 1")
            + tx.count("SELECT count(*) FROM inquiry_texts WHERE at > \(from) AND is_ours = 0")
            + tx.count("SELECT count(*) FROM inquiries WHERE channel = 'voice' AND last_at > \(from)")
    }
}

extension Flood {
    static let drills = Migration(
        "2026-11-30-response-reports-of-drills",
        "CREATE INDEX reports_of_drills ON reports (id) WHERE exercise = 1"
    )
}

extension Inquiry {
    static let migration = Migration(
        "2026-11-29-response-inquiries",
        """
        CREATE TABLE inquiries (
            id TEXT PRIMARY KEY,
            channel TEXT NOT NULL,
            number_index {{blob}} NOT NULL,
            number {{blob}} NOT NULL,
            language TEXT NOT NULL,
            zone TEXT,
            lane TEXT NOT NULL CHECK (lane IN ('partner', 'first', 'new', 'reporting', 'known', 'spam')),
            state TEXT NOT NULL CHECK (state IN ('waiting', 'answered', 'closed')),
            partner TEXT,
            count BIGINT NOT NULL,
            came_at BIGINT NOT NULL,
            last_at BIGINT NOT NULL,
            answered_by TEXT,
            told_at BIGINT,
            UNIQUE (channel, number_index)
        );
        CREATE INDEX inquiries_age ON inquiries (came_at);
        CREATE TABLE inquiry_texts (
            id TEXT PRIMARY KEY,
            inquiry TEXT NOT NULL REFERENCES inquiries (id) ON DELETE CASCADE,
            is_ours BIGINT NOT NULL,
            at BIGINT NOT NULL,
            sealed {{blob}} NOT NULL
        );
        CREATE INDEX inquiry_texts_inquiry ON inquiry_texts (inquiry, at);
        CREATE INDEX inquiry_texts_at ON inquiry_texts (at);
        CREATE TABLE partner_lines (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            number_index {{blob}} NOT NULL UNIQUE,
            made_by TEXT NOT NULL,
            made_at BIGINT NOT NULL
        );
        """
    )

    static let holdings: [Holding] = [
        Holding(
            "inquiries",
            "holding.inquiries|Who called or wrote in the last day; the number is locked",
            day: "came_at",
            kept: .by(kept),
            plain: "id channel language zone lane state partner count came_at last_at answered_by told_at",
            instanceKey: "number",
            hash: "number_index"
        ),
        Holding(
            "inquiry_texts",
            "holding.inquiry_texts|What they wrote, and what we answered",
            day: "at",
            kept: .by(kept),
            plain: "id inquiry is_ours at",
            sealed: "sealed"
        ),
        Holding(
            "partner_lines",
            "holding.partner_lines|Trusted partners with a line of their own: a name, and a fingerprint of the number",
            day: "made_at",
            kept: .words("holding.until_changed|Until it is changed"),
            plain: "id name made_by made_at",
            hash: "number_index"
        ),
    ]
}

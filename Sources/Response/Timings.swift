// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import People

/// The clock of the procedure. A coalition changes each under Settings; a drill divides them all by its speed.
package struct Timings: Sendable, Hashable {
    /// How long somebody has to say yes.
    package var offerLife = Duration.seconds(90)
    /// From the opening of a dispatch to its second and third wave, and to the page to coordinators.
    package var waveTwo = Duration.minutes(2)
    package var waveThree = Duration.minutes(5)
    package var pageCoordinator = Duration.minutes(8)
    /// How often somebody on scene says they are well; then how long until others look for them.
    package var checkIn = Duration.minutes(15)
    package var missedToDispatcher = Duration.minutes(2)
    package var missedToCoordinator = Duration.minutes(5)
    /// How often a confirmed incident is looked at again, and when it ends by itself.
    package var reviewEvery = Duration.minutes(30)
    package var expiry = Duration.hours(3)
    package var groupWithin = Duration.minutes(90)
    package var attorneyAcknowledge = Duration.minutes(5)
    /// From the start of a shift until its owner answers the test message.
    package var commTest = Duration.minutes(10)
    /// How much one person serves: see `Fatigue`. Drills don't plan shifts.
    package var shiftDay = Duration.hours(12)
    package var shiftWeek = Duration.hours(60)
    package var shiftRest = Duration.hours(8)
    /// How long who comes home from a mission is not asked at least: see `rest(after:)`.
    package var missionRest = Duration.minutes(30)
    /// How long reports and incidents are kept.
    package var keepUnfounded = Duration.hours(72)
    package var keepUnverified = Duration.days(7)
    package var keepConfirmed = Duration.days(730)
    package var keepObservations = Duration.days(1_095)

    package init() {}

    /// What the settings say, each divided by `speed`. A value that can't be read, or out of its range, is the default.
    package static func load(speed: Double = 1, in tx: Transaction) throws -> Timings {
        Timings(try Settings.all(in: tx)).divided(by: speed)
    }

    init(_ settings: [String: String]) {
        self.init()
        for setting in Setting.all {
            guard let seconds = settings[setting.key].flatMap(Int.init), setting.range.contains(seconds) else {
                continue
            }
            self[keyPath: setting.path] = .seconds(seconds)
        }
    }

    /// Never under 50 ms, so that a quick drill does not run away.
    package func divided(by speed: Double) -> Timings {
        guard speed.isFinite, speed > 0, speed != 1 else { return self }
        var quick = self
        for setting in Setting.all {
            let milliseconds = Double(self[keyPath: setting.path].inMilliseconds) / speed
            quick[keyPath: setting.path] = .milliseconds(Int64(min(max(milliseconds.rounded(), 50), 1e15)))
        }
        return quick
    }

    /// As long as they were there, and no longer than one rests between shifts: so nobody who is asked again and again is
    /// out for more than half of a day.
    package func rest(after there: Duration) -> Duration { max(missionRest, min(there, shiftRest)) }

    /// Changes them, in whole seconds by their keys. Throws a refusal that names each that is out of its range, or that would
    /// come before what it follows.
    package static func set(_ values: [String: Int], by caller: Caller, in tx: Transaction) throws {
        try caller.require(.manageSettings)
        var fields: [String: Phrase] = [:]
        for (key, seconds) in values.sorted(by: { $0.key < $1.key }) {
            guard let setting = Setting.all.first(where: { $0.key == key }), !setting.isRetention else {
                throw Refusal.notFound
            }
            guard setting.range.contains(seconds) else {
                fields[key] = Phrase(
                    "response.timing_range|Choose from {least} to {most} seconds.",
                    ["least": "\(setting.range.lowerBound)", "most": "\(setting.range.upperBound)"]
                )
                continue
            }
            try Settings.set(key, to: "\(seconds)", by: caller.person.text, in: tx)
            try tx.record(
                Event("settings.changed", subject: key, actor: caller.person.text, data: ["seconds": "\(seconds)"])
            )
        }
        fields.merge(try load(in: tx).contradictions) { range, _ in range }
        if !fields.isEmpty { throw Refusal.invalid(fields) }
    }

    /// By the key of what would come too soon.
    var contradictions: [String: Phrase] {
        let wave: Phrase = "response.timing_order_wave|The wider circle is asked first. Choose at least as long."
        var fields: [String: Phrase] = [:]
        if waveThree < waveTwo { fields["response.wave_three_s"] = wave }
        if pageCoordinator < waveTwo { fields["response.page_coordinator_s"] = wave }
        if missedToCoordinator < missedToDispatcher {
            fields["response.missed_coordinator_s"] =
                "response.timing_order_missed|Dispatch is told first. Choose at least as long."
        }
        if expiry < reviewEvery {
            fields["response.expiry_s"] =
                "response.timing_order_review|It is looked at once before it ends. Choose at least as long."
        }
        return fields
    }
}

extension Timings {
    /// One line of the settings page: the key it is kept under, what it is, and the seconds it may be.
    package struct Setting: Sendable {
        package let key: String
        package let label: Phrase
        package let range: ClosedRange<Int>
        package let path: any WritableKeyPath<Timings, Duration> & Sendable

        private init(
            _ key: String,
            _ path: any WritableKeyPath<Timings, Duration> & Sendable,
            _ range: ClosedRange<Int>,
            _ label: Phrase
        ) {
            self.key = "response.\(key)_s"
            self.path = path
            self.range = range
            self.label = label
        }

        /// How long something is kept takes two persons: see `RetentionChange`.
        package var isRetention: Bool { key.hasPrefix("response.keep_") }

        /// The key of what `Intake` follows.
        static let groupWithin = "response.group_within_s"

        package static let all: [Setting] = [
            Setting("offer_life", \.offerLife, 30...3_600, "response.t_offer_life|Time to say yes"),
            Setting("wave_two", \.waveTwo, 30...3_600, "response.t_wave_two|Ask a wider circle after"),
            Setting("wave_three", \.waveThree, 60...7_200, "response.t_wave_three|Ask the widest circle after"),
            Setting("page_coordinator", \.pageCoordinator, 60...14_400, "response.t_page|Page a coordinator after"),
            Setting("check_in", \.checkIn, 60...7_200, "response.t_check_in|Check-in on scene every"),
            Setting(
                "missed_dispatcher",
                \.missedToDispatcher,
                30...3_600,
                "response.t_missed_1|Missed: tell dispatch after"
            ),
            Setting(
                "missed_coordinator",
                \.missedToCoordinator,
                30...3_600,
                "response.t_missed_2|Missed: tell coordinator after"
            ),
            Setting(
                "review_every",
                \.reviewEvery,
                300...86_400,
                "response.t_review|Look at a confirmed incident every"
            ),
            Setting("expiry", \.expiry, 1_800...86_400, "response.t_expiry|A confirmed incident ends after"),
            Setting("group_within", \.groupWithin, 300...86_400, "response.t_group|Group reports made within"),
            Setting("attorney", \.attorneyAcknowledge, 60...7_200, "response.t_attorney|An attorney answers within"),
            Setting("comm_test", \.commTest, 60...7_200, "response.t_comm_test|Answer the test of a shift within"),
            Setting("shift_day", \.shiftDay, 3_600...86_400, "response.t_shift_day|Serve in one day at most"),
            Setting("shift_week", \.shiftWeek, 3_600...604_800, "response.t_shift_week|Serve in seven days at most"),
            Setting("shift_rest", \.shiftRest, 3_600...72_000, "response.t_shift_rest|Rest between shifts at least"),
            Setting(
                "mission_rest",
                \.missionRest,
                60...28_800,
                "response.t_mission_rest|Rest after a mission at least"
            ),
            Setting(
                "keep_unfounded",
                \.keepUnfounded,
                3_600...2_592_000,
                "response.t_unfounded|Keep unfounded reports"
            ),
            Setting(
                "keep_unverified",
                \.keepUnverified,
                3_600...7_776_000,
                "response.t_unverified|Keep unverified reports"
            ),
            Setting(
                "keep_confirmed",
                \.keepConfirmed,
                86_400...315_360_000,
                "response.t_confirmed|Keep confirmed incidents"
            ),
            Setting(
                "keep_observations",
                \.keepObservations,
                2_592_000...315_360_000,
                "response.t_observations|Keep observations"
            ),
        ]
    }
}

// SPDX-License-Identifier: AGPL-3.0-or-later

/// Every number of the grouping. Tuned on the open half of the days that `Benchmarks/events.py` makes: usual ones (English
/// and Spanish, typos, texts and pictures passed on, one place in ten no more than a neighborhood, one in fifty unknown),
/// and hard ones (the next thing at the same place, crowds of anything in one neighborhood, hearsay, told hours later).
/// `bin/bench 10` prints precision and recall on the other half of both, which nothing here was changed for.
package struct GroupingSettings: Hashable, Sendable {
    /// At least this total to be suggested to a person.
    package var suggest = 0.35
    /// At least this total to be attached without one.
    package var attach = 0.55

    /// Metres between two exactly known places of one event, beyond what both may be off.
    package var reach = 500.0
    /// Minutes between two sightings of one event.
    package var window = 90.0
    /// Metres of uncertainty that are believed at most.
    package var mostUncertainty = 1_500.0
    /// Metres of uncertainty from which a place is no more than a neighborhood.
    package var coarse = 600.0
    /// Metres of uncertainty at which a place says half as much as an exact one.
    package var vagueMetres = 800.0
    /// Minutes within which two sightings count as at the same time.
    package var sameMinutes = 10.0

    package var spaceWeight = 0.55
    package var timeWeight = 0.10
    package var wordsWeight = 0.30
    package var kindWeight = 0.15
    package var pictureWeight = 1.0

    /// Metres beyond what both places may be off at which the space part is one half.
    package var halfMetres = 250.0
    /// How much of the time part is lost at the end of the window.
    package var timeFall = 0.85
    /// The words part when nothing is in common.
    package var wordsFloor = 0.3

    /// Texts agree from this likeness on, and are surely of one thing from this on.
    package var agreeWords = 0.3
    package var surelyWords = 0.82
    /// Metres by which two exact places may lie apart, beyond what both may be off, before words must be of one thing.
    package var apartMetres = 220.0
    /// Hundredths in common that weigh as much as one word of its own: "agents in a white van" is in every second report.
    package var ownWeight = 100.0
    /// Minutes between two sightings at the very place that attach when words or kind agree …
    package var agreedMinutes = 25.0
    /// … when there is nothing to compare …
    package var silentMinutes = 20.0
    /// … and when what can be compared has nothing in common. Both agreeing: `tightMinutes`.
    package var strangeMinutes = 12.0
    /// … or when of all that both told nothing is the same, neither a word nor the kind.
    package var contraryMinutes = 7.0

    /// Minutes within which two on one street of one neighborhood attach when words or kind agree …
    package var streetMinutes = 20.0
    /// … and within which they do when one of them knows no more than the street, and the words agree.
    package var awayMinutes = 15.0
    /// Two that call their spots by different names attach in one neighborhood only when texts are this alike.
    package var strangeSpotWords = 0.45

    /// A coarse place attaches when texts are this alike with this many words in common …
    package var alikeWords = 0.286
    package var alikeSharedWords = 3
    /// … or this alike within so many minutes, fewer when the kinds differ …
    package var tightWords = 0.2
    package var tightMinutes = 35.0
    package var strangeTightMinutes = 15.0
    /// … or when this share of its words was said before, of an incident with this many reports.
    package var repeatedWords = 0.45
    package var knownReports = 2
    /// Two texts are one that was passed on when this share of the weightier is in both: without a place only such attach.
    package var nearlyWords = 0.75
    /// What is known only as a neighborhood, or not at all, follows what so many witnesses tell of …
    package var followedWitnesses = 2
    /// … within so many minutes …
    package var followMinutes = 20.0
    /// … when nothing else that so many tell of is better or this close behind in total …
    package var followLead = 0.1
    /// … and without a place only when this share of its words was said there before, in so many hundredths.
    package var followedWords = 0.6
    package var followedWeight = 200.0
    /// A coarse place attaches only this far ahead in total of the next incident that it could attach to.
    package var clearLead = 0.06
    /// Of several incidents that an exact place could attach to, this close in total, the one with most reports
    /// takes it: they are pieces of one event, and the biggest grows.
    package var pieceLead = 0.15

    /// Of 64: fingerprints that differ in no more bits are of the same picture.
    package var samePictureBits = 10
    package var mostSuggestions = 5

    /// Minutes an incident stays among those of now after it could still match.
    package var graceMinutes = 30.0
    /// Minutes it is then kept for what is told late, from the last time somebody told of it, and reports kept so at most.
    package var pastMinutes = 1_440.0
    package var mostPast = 40_000
    /// Incidents held in memory at most; the oldest leave first.
    package var capacity = 20_000
    /// Candidates without a place looked at for one that has a place, of each slice of time, the newest first.
    package var mostPlacelessBeside = 3
    /// Candidates looked at for a report without any place, the newest first.
    package var mostPlaceless = 256

    /// What the place weighs where both call the spot the same.
    var spotSpaceWeight: Double { spaceWeight / (1 + CrossingMark.tolerance / vagueMetres) }

    package static let standard = GroupingSettings()

    package init() {}

    /// Changes a number by its name, for `vecinos bench group`; false when there is none of that name.
    package mutating func set(_ name: String, to number: Double) -> Bool {
        guard let path = Self.named[name] else { return false }
        self[keyPath: path] = number
        return true
    }

    private static var named: [String: WritableKeyPath<GroupingSettings, Double>] {
        [
            "agreeWords": \.agreeWords, "surelyWords": \.surelyWords, "ownWeight": \.ownWeight,
            "agreedMinutes": \.agreedMinutes, "apartMetres": \.apartMetres, "silentMinutes": \.silentMinutes,
            "strangeMinutes": \.strangeMinutes, "contraryMinutes": \.contraryMinutes,
            "streetMinutes": \.streetMinutes, "awayMinutes": \.awayMinutes, "strangeSpotWords": \.strangeSpotWords,
            "strangeTightMinutes": \.strangeTightMinutes, "nearlyWords": \.nearlyWords,
            "suggest": \.suggest, "attach": \.attach, "reach": \.reach, "mostUncertainty": \.mostUncertainty,
            "coarse": \.coarse, "vagueMetres": \.vagueMetres, "sameMinutes": \.sameMinutes,
            "spaceWeight": \.spaceWeight, "timeWeight": \.timeWeight, "wordsWeight": \.wordsWeight,
            "kindWeight": \.kindWeight, "pictureWeight": \.pictureWeight, "halfMetres": \.halfMetres,
            "timeFall": \.timeFall, "wordsFloor": \.wordsFloor, "alikeWords": \.alikeWords,
            "tightMinutes": \.tightMinutes, "tightWords": \.tightWords, "clearLead": \.clearLead,
            "pieceLead": \.pieceLead, "followMinutes": \.followMinutes, "followLead": \.followLead,
            "followedWords": \.followedWords, "followedWeight": \.followedWeight, "repeatedWords": \.repeatedWords,
        ]
    }
}

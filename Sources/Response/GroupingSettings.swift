// SPDX-License-Identifier: AGPL-3.0-or-later

/// Every number of the grouping. The defaults were tuned on synthetic days and surges in English and Spanish. On
/// others, of the pairs of reports put together by the machine alone 99 % were of one event; of the pairs of one event
/// it put together 95 % where both places were exact, 83 % with a tenth known only as a neighborhood. What is left
/// is suggested. With a dozen events within hours in one neighborhood the 99 % fall to 92 %.
package struct GroupingSettings: Hashable, Sendable {
    /// At least this total to be suggested to a person.
    package var suggest = 0.25
    /// At least this total to be attached without one.
    package var attach = 0.60

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
    package var kindWeight = 0.20
    package var pictureWeight = 1.0

    /// Metres beyond what both places may be off at which the space part is one half.
    package var halfMetres = 250.0
    /// How much of the time part is lost at the end of the window.
    package var timeFall = 0.85
    /// The words part when nothing is in common.
    package var wordsFloor = 0.2

    /// A coarse place attaches when the words part reaches this with this many words in common …
    package var alikeWords = 0.6
    package var alikeSharedWords = 3
    /// … or when the kind is the same within this many minutes and the words part, if any, reaches this.
    package var tightMinutes = 15.0
    package var tightWords = 0.45
    /// A coarse place attaches only this far ahead in total of the next incident that it could attach to.
    package var clearLead = 0.03
    /// Of several incidents that an exact place could attach to, this close in total, the one with most reports
    /// takes it: they are pieces of one event, and the biggest grows.
    package var pieceLead = 0.12

    /// Of 64: fingerprints that differ in no more bits are of the same picture.
    package var samePictureBits = 6
    package var mostSuggestions = 5

    /// Minutes an incident stays in memory after it could still match.
    package var graceMinutes = 30.0
    /// Incidents held in memory at most; the oldest leave first.
    package var capacity = 20_000
    /// Candidates looked at for a report without any place, the newest first.
    package var mostPlaceless = 512

    package static let standard = GroupingSettings()

    package init() {}
}

// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit

/// Campaigns, petitions, letters, events, stories, exhibits, programmes and partners will live here: the house has the
/// room, and nothing of it is built yet (see `docs/programmes.md`).
package enum MobiliseMigrations {
    package static let all: [Migration] = []
}

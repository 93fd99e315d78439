// SPDX-License-Identifier: AGPL-3.0-or-later
import Kit
import Messaging
import Response

struct BroadcastsJSON: Encodable {
    let open: [BroadcastLineJSON]
    let ended: [BroadcastLineJSON]
}

/// One line of the list.
struct BroadcastLineJSON: Encodable {
    let id: String
    let incident: String?
    let zone: String
    let phase: String
    let subject: [String: String]
    let sent: Int

    init(_ line: BroadcastList.Line) {
        id = line.broadcast.id.text
        incident = line.broadcast.incident?.text
        zone = line.broadcast.zone
        phase = line.phase.rawValue
        subject = line.subject
        sent = line.sent
    }
}

/// A whole broadcast: where it stands, what was told, and what telling more would mean. Under five people are `null`: a
/// small number beside a language can be a person.
struct BroadcastJSON: Encodable {
    struct Said: Encodable { let subject, known, todo: String }

    struct TellingJSON: Encodable {
        let id: String
        let act: String
        let state: String
        let writtenBy: String?
        let approvedBy: String?
        let toldAt: String?
        let words: [String: Said]
        let progress: [ProgressJSON]

        private enum CodingKeys: String, CodingKey {
            case id, act, state, words, progress
            case writtenBy = "written_by"
            case approvedBy = "approved_by"
            case toldAt = "told_at"
        }
    }

    struct ProgressJSON: Encodable {
        let channel: String
        let total: Int
        let sent: Int
        let failed: Int
        let stopped: Int
        let twice: Int
    }

    struct PreviewJSON: Encodable {
        let channel: String
        let people: Int?
        let dollars: Double
        let seconds: Int
        let open: Bool
    }

    let id: String
    let version: Int
    let incident: String?
    let zone: String
    let phase: String
    let exercise: Bool
    let hours: Int
    let begunAt: String?
    let expiresAt: String?
    let reviewAt: String?
    let endedAt: String?
    let tellings: [TellingJSON]
    let preview: [PreviewJSON]?

    init(_ detail: BroadcastDetail) {
        let one = detail.broadcast
        id = one.id.text
        version = one.version
        incident = one.incident?.text
        zone = one.zone
        phase = detail.phase.rawValue
        exercise = one.isExercise
        hours = Int(one.lasts.inSeconds) / 3_600
        begunAt = one.begunAt?.iso8601
        expiresAt = one.expiresAt?.iso8601
        reviewAt = one.reviewAt?.iso8601
        endedAt = one.ending?.at.iso8601
        tellings = detail.tellings.map { telling in
            TellingJSON(
                id: telling.id.text,
                act: telling.act.rawValue,
                state: telling.state.rawValue,
                writtenBy: telling.writtenBy.flatMap { detail.handles[$0] },
                approvedBy: telling.approvedBy.flatMap { detail.handles[$0] },
                toldAt: telling.toldAt?.iso8601,
                words: (detail.words[telling.id] ?? [:]).mapValues {
                    Said(subject: $0.subject, known: $0.known, todo: $0.todo)
                },
                progress: (telling.bulletin.flatMap { detail.progress[$0] } ?? []).map {
                    ProgressJSON(
                        channel: $0.channel.rawValue,
                        total: $0.total,
                        sent: $0.sent,
                        failed: $0.failed,
                        stopped: $0.stopped,
                        twice: $0.twice
                    )
                }
            )
        }
        preview = detail.preview.map { preview in
            preview.lines.map { line in
                PreviewJSON(
                    channel: line.channel.rawValue,
                    people: line.count < 5 ? nil : line.count,
                    dollars: Double(line.cost) / 1_000_000,
                    seconds: Int(line.takes.inSeconds),
                    open: !line.isClosed
                )
            }
        }
    }

    private enum CodingKeys: String, CodingKey {
        case id, version, incident, zone, phase, exercise, hours, tellings, preview
        case begunAt = "begun_at"
        case expiresAt = "expires_at"
        case reviewAt = "review_at"
        case endedAt = "ended_at"
    }
}

struct TwicesJSON: Encodable { let runs: [TwiceJSON] }

/// Of one telling on one channel: who may have got it twice, by the mark of both copies.
struct TwiceJSON: Encodable {
    struct MarkJSON: Encodable { let mark, fate: String }

    let telling: String
    let act: String
    let channel: String
    let count: Int
    let noticedAt: String
    let marks: [MarkJSON]

    init(_ told: TwiceTold, _ marks: [TwiceRun.Mark]) {
        telling = told.telling.id.text
        act = told.telling.act.rawValue
        channel = told.run.channel.rawValue
        count = told.run.count
        noticedAt = told.run.noticedAt.iso8601
        self.marks = marks.map { MarkJSON(mark: $0.mark, fate: $0.fate.rawValue) }
    }

    private enum CodingKeys: String, CodingKey {
        case telling, act, channel, count, marks
        case noticedAt = "noticed_at"
    }
}

// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation

/// What may lie in the data folder. A file that is not named here makes the inventory fail: somebody put it there.
enum InventoryFiles {
    private struct Kind {
        let matches: @Sendable (String) -> Bool
        let what: String

        init(_ name: String, _ what: String) { (matches, self.what) = ({ $0 == name }, what) }
        init(under folder: String, _ what: String) { (matches, self.what) = ({ $0.hasPrefix("\(folder)/") }, what) }
        init(starting start: String, _ what: String) { (matches, self.what) = ({ $0.hasPrefix(start) }, what) }
    }

    private static let kinds = [
        Kind("vecinos.db", "the database: see the tables above"),
        Kind("vecinos.db-wal", "what was written to the database last: see the tables above"),
        Kind("vecinos.db-shm", "an index of the line above"),
        Kind("vecinos.lock", "a mark that a server is running"),
        Kind(starting: "shred.keys", "keys that are destroyed with their record; without the record they open nothing"),
        Kind(under: "keys", "the server's own keys: see docs/operations.md for where they belong"),
        Kind(under: "files", "photos, video and audio: sealed to a team, in pieces"),
        Kind(under: "evidence", "photos, video and audio: sealed to a team, in pieces"),
        Kind(under: "backups", "copies of the database: see the tables above"),
        Kind(under: "logs", "lines of what the server did, without addresses or names"),
        Kind(starting: "content.snapshot", "the content pack, taken apart for a quicker start: public, and made anew"),
        Kind("demonstration.unfinished", "a mark that a demonstration is being filled, or was cut off"),
        Kind("demonstration.json", "the invented people of a demonstration, with their keys: nothing real"),
    ]

    static func all(in folder: String) throws -> (known: [Inventory.File], unknown: [String]) {
        let base = URL(filePath: folder).resolvingSymlinksInPath()
        let walk = FileManager.default.enumerator(atPath: base.path)
        var (known, unknown): ([Inventory.File], [String]) = ([], [])
        while let name = walk?.nextObject() as? String {
            let attributes = try? FileManager.default.attributesOfItem(atPath: base.appending(path: name).path)
            guard attributes?[.type] as? FileAttributeType != .typeDirectory else { continue }
            if let kind = kinds.first(where: { $0.matches(name) }) {
                known.append(Inventory.File(file: name, what: kind.what, bytes: attributes?[.size] as? Int ?? 0))
            } else {
                unknown.append("file \(name)")
            }
        }
        return (known.sorted { $0.file < $1.file }, unknown.sorted())
    }
}

// SPDX-License-Identifier: AGPL-3.0-or-later
import GRDBSQLite
import Glibc

/// SQLite writes its log page by page, and each page in two pieces: two hundred calls of the kernel for a commit that shares
/// fifty reports. This gathers them, and writes them in a few pieces when SQLite asks for the fsync (docs/decisions/0085).
///
/// Only for a connection with `synchronous = FULL`: what it commits is synced before anybody else is told where the log ends,
/// and nobody reads beyond that end. Whatever else SQLite asks of the file comes after what was gathered.
enum GatheredLog {
    /// What SQLite calls for the file stands first, so that its pointer to that is one to all of this.
    private struct State {
        var methods: sqlite3_io_methods
        let original: UnsafePointer<sqlite3_io_methods>
        let buffer: UnsafeMutableRawPointer
        /// Where in the file the gathered bytes belong, and how many there are.
        var start: sqlite3_int64 = 0
        var count = 0
    }

    private static let room = 262_144
    /// SQLite takes no more than 131,071 in one call.
    private static let piece = 65_536

    /// For the writing connection, once, after its log was opened. Leaves it alone when it has none.
    static func begin(on db: OpaquePointer) {
        var found: UnsafeMutablePointer<sqlite3_file>?
        let outcome = sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &found)
        guard outcome == SQLITE_OK, let file = found, let original = file.pointee.pMethods else { return }
        var methods = original.pointee
        methods.xClose = { file in
            guard let file, let state = GatheredLog.state(file) else { return SQLITE_IOERR }
            let outcome = GatheredLog.settle(file, state)
            file.pointee.pMethods = state.pointee.original
            let closed = state.pointee.original.pointee.xClose(file)
            state.pointee.buffer.deallocate()
            state.deallocate()
            return outcome == SQLITE_OK ? closed : outcome
        }
        methods.xRead = { file, bytes, count, offset in
            GatheredLog.settled(file) { $0.xRead(file, bytes, count, offset) }
        }
        methods.xWrite = { file, bytes, count, offset in
            guard let file, let bytes, let state = GatheredLog.state(file) else { return SQLITE_IOERR }
            return GatheredLog.gather(file, state, bytes, Int(count), offset)
        }
        methods.xTruncate = { file, size in GatheredLog.settled(file) { $0.xTruncate(file, size) } }
        methods.xSync = { file, flags in GatheredLog.settled(file) { $0.xSync(file, flags) } }
        methods.xFileSize = { file, size in GatheredLog.settled(file) { $0.xFileSize(file, size) } }
        let state = UnsafeMutablePointer<State>.allocate(capacity: 1)
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 4_096)
        state.initialize(to: State(methods: methods, original: original, buffer: buffer))
        file.pointee.pMethods = UnsafeRawPointer(state).assumingMemoryBound(to: sqlite3_io_methods.self)
    }

    private static func state(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<State>? {
        file.pointee.pMethods.map { UnsafeMutableRawPointer(mutating: $0).assumingMemoryBound(to: State.self) }
    }

    /// Bytes that go on where the gathered ones end are gathered too.
    private static func gather(
        _ file: UnsafeMutablePointer<sqlite3_file>,
        _ state: UnsafeMutablePointer<State>,
        _ bytes: UnsafeRawPointer,
        _ count: Int,
        _ offset: sqlite3_int64
    ) -> Int32 {
        let goesOn = offset == state.pointee.start + sqlite3_int64(state.pointee.count)
        if !goesOn || state.pointee.count + count > room {
            let outcome = settle(file, state)
            guard outcome == SQLITE_OK else { return outcome }
            state.pointee.start = offset
        }
        guard count <= room else { return state.pointee.original.pointee.xWrite(file, bytes, Int32(count), offset) }
        state.pointee.buffer.advanced(by: state.pointee.count).copyMemory(from: bytes, byteCount: count)
        state.pointee.count += count
        return SQLITE_OK
    }

    /// What doesn't fit on the disk is let go: SQLite hears of it, and undoes the transaction.
    private static func settle(
        _ file: UnsafeMutablePointer<sqlite3_file>,
        _ state: UnsafeMutablePointer<State>
    ) -> Int32 {
        let count = state.pointee.count
        guard count > 0 else { return SQLITE_OK }
        state.pointee.count = 0
        for place in stride(from: 0, to: count, by: piece) {
            let outcome = state.pointee.original.pointee.xWrite(
                file,
                state.pointee.buffer.advanced(by: place),
                Int32(min(piece, count - place)),
                state.pointee.start + sqlite3_int64(place)
            )
            guard outcome == SQLITE_OK else { return outcome }
        }
        return SQLITE_OK
    }

    private static func settled(
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ body: (sqlite3_io_methods) -> Int32
    ) -> Int32 {
        guard let file, let state = state(file) else { return SQLITE_IOERR }
        let outcome = settle(file, state)
        return outcome == SQLITE_OK ? body(state.pointee.original.pointee) : outcome
    }
}

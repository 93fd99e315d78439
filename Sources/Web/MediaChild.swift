// SPDX-License-Identifier: AGPL-3.0-or-later
import CLinux
import Dispatch
import FoundationEssentials
import Glibc
import Response
import Synchronization

/// Makes a working copy of a file in a child process: decoded and encoded anew by libvips or ffmpeg, without what the
/// file says of where, when and by whom it was made. The child is this program again (`vecinos clean-media …`), which
/// gives up the network and the disk before it becomes the tool. The original goes to it through memory that has no name
/// on any disk, and what comes back through a pipe.
package enum MediaChild {
    package static let command = "clean-media"

    /// What a child is to do.
    package enum Work: String, CaseIterable, Sendable {
        /// Width and height of a picture, looked at before it is decoded.
        case measure, image, video, audio
        /// 32 by 32 points of a picture, or of a film a moment after its beginning.
        case look, glimpse
        /// Says what its walls let through.
        case probe

        /// The tool and its arguments; nothing of them comes from outside.
        package var commandLine: [String] {
            switch self {
            case .measure: ["/usr/bin/vipsheader", "-f", "width", "stdin"]
            case .image: ["/usr/bin/vipsthumbnail", "stdin", "--size", "2048x2048>", "-o", ".jpg[strip,Q=82]"]
            case .video:
                Self.ffmpeg + [
                    "-map", "0:v:0", "-map", "0:a:0?", "-vf", "scale='min(1280,iw)':-2", "-c:v", "libx264", "-preset",
                    "veryfast", "-crf", "27", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "96k", "-movflags",
                    "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", "pipe:1",
                ]
            case .audio:
                Self.ffmpeg + [
                    "-map", "0:a:0", "-vn", "-c:a", "libmp3lame", "-b:a", "96k", "-id3v2_version", "0", "-write_xing",
                    "0",
                    "-f", "mp3", "pipe:1",
                ]
            case .look: ["/usr/bin/vipsthumbnail", "stdin", "--size", "32x32!", "-o", ".ppm[strip]"]
            case .glimpse:
                Self.reading + [
                    "-ss", "0.4", "-map", "0:v:0", "-an", "-frames:v", "1", "-vf", "scale=32:32:flags=area", "-pix_fmt",
                    "rgb24", "-c:v", "ppm", "-f", "image2pipe", "pipe:1",
                ]
            case .probe: []
            }
        }

        private static let reading = [
            "/usr/bin/ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "quiet", "-protocol_whitelist", "file,pipe",
            "-max_pixels", "40000000", "-threads", "1", "-i", "/proc/self/fd/0",
        ]

        private static let ffmpeg =
            reading + [
                "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags", "+bitexact", "-t",
                "1800", "-threads", "1",
            ]

        package var limits: Limits {
            switch self {
            case .measure, .probe: Limits(seconds: 10, memory: 1_500_000_000)
            case .look, .glimpse: Limits(seconds: 4, memory: 1_500_000_000)
            case .image: Limits(seconds: 30, memory: 1_500_000_000)
            case .video, .audio: Limits(seconds: 900, memory: 2_000_000_000)
            }
        }
    }

    /// Seconds of the processor, bytes of address space.
    package struct Limits: Sendable {
        package let seconds: Int
        package let memory: Int
    }

    /// No copy could be made.
    package struct Unreadable: Error {
        package enum Why: Sendable {
            /// The tool could not read the file, or found more pixels than we show.
            case file
            /// It took too much time or memory.
            case limit
            /// The tool is not installed, or the machine could not start it: the file may be as it should.
            case machine
        }

        package let why: Why

        package init(_ why: Why) { self.why = why }
    }

    private static let widest = 20_000
    private static let queue = DispatchQueue(label: "media", attributes: .concurrent)
    /// Decoding is heavy: one at a time for each of two.
    private static let gate = DispatchSemaphore(value: 2)
    /// Looks have a gate of their own: a report doesn't wait for somebody's long film.
    private static let lookGate = DispatchSemaphore(value: 2)
    private static let looks = Atomic(0)
    /// Reports that wait for a look at the same time; for one more, only the very same file counts as the same.
    private static let mostLooks = 6
    /// Bytes of a long film that a look has in memory: where its pictures begin, and the table of them that phones write
    /// behind the last.
    private static let (beginning, end) = (30_000_000, 10_000_000)

    /// The working copy, in memory: a picture of at most a few megabytes, or a video that was made small. Throws
    /// `Unreadable`.
    package static func copy(of opened: EvidenceFile.Opened) async throws -> [UInt8] {
        let input = try memory()
        defer { close(input) }
        for try await piece in opened.pieces { try fill(input, piece) }
        let work: Work =
            switch opened.file.mediaType.kind {
            case .image: .image
            case .video: .video
            case .audio: .audio
            }
        return try await onQueue {
            gate.wait()
            defer { gate.signal() }
            if work == .image { try requireWidth(input) }
            return try run(work, input, most: work == .image ? 40_000_000 : 200_000_000)
        }
    }

    /// Notes what a picture or a film looks like (`PictureMark`), a moment after it came in, or that nothing was seen in it:
    /// because it shows nothing, or because it took too long or too many came at once. Neither for a sound, nor where there
    /// is nothing to look with. A report never fails for it.
    package static func look(at file: ReceivedFile) async {
        let work: Work
        switch file.type.kind {
        case .image: work = .look
        case .video: work = .glimpse
        case .audio: return
        }
        guard isAtHand else { return }
        defer { looks.subtract(1, ordering: .relaxed) }
        guard looks.add(1, ordering: .relaxed).newValue <= mostLooks else { return file.noteUnseen() }
        do {
            file.note(look: try await points(of: file, work))
        } catch let problem as Unreadable where problem.why == .machine {
            return
        } catch {
            file.noteUnseen()
        }
    }

    /// The child is this program again, and in a test this program is another one.
    private static let isAtHand =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))?.hasSuffix("/vecinos") ?? false

    private static func points(of file: ReceivedFile, _ work: Work) async throws -> UInt64? {
        let input = try memory()
        defer { close(input) }
        // What stands between the beginning and the end of a long film takes no memory: it is a hole.
        var place = 0
        for try await piece in file.pieces {
            if place < beginning || place + piece.count > file.size - end {
                try fill(input, piece)
            } else {
                lseek(input, off_t(piece.count), SEEK_CUR)
            }
            place += piece.count
        }
        let pixmap = try await onQueue {
            lookGate.wait()
            defer { lookGate.signal() }
            if work == .look { try requireWidth(input) }
            return try run(work, input, most: 10_000)
        }
        return PictureMark.of(pixmap: pixmap)
    }

    private static func requireWidth(_ input: Int32) throws {
        let width = String(decoding: try run(.measure, input, most: 100), as: UTF8.self)
        guard let width = Int(width.prefix { $0.isNumber }), width <= widest else { throw Unreadable(.file) }
    }

    /// A sound made anew from one that stands in memory: an mp3 without anything that the file said of itself. Throws
    /// `Unreadable`.
    package static func sound(of bytes: [UInt8]) async throws -> [UInt8] {
        let input = try memory()
        defer { close(input) }
        try fill(input, bytes)
        return try await onQueue {
            gate.wait()
            defer { gate.signal() }
            return try run(.audio, input, most: 30_000_000)
        }
    }

    /// What the walls of a child let through: `["closed"]` when they stand.
    package static func probe() async throws -> [UInt8] {
        let input = try memory()
        defer { close(input) }
        return try await onQueue { try run(.probe, input, most: 10_000) }
    }

    private static func onQueue<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: body)) }
        }
    }

    /// A file that stands in memory only, and has no name.
    private static func memory() throws -> Int32 {
        let file = vecinos_memfd()
        guard file >= 0 else { throw Unreadable(.machine) }
        return file
    }

    private static func fill(_ file: Int32, _ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { write(file, $0.baseAddress.map { $0 + sent }, bytes.count - sent) }
            guard count > 0 else { throw Unreadable(.machine) }
            sent += count
        }
    }

    /// Starts the child and takes what it writes, until it ends. Blocks.
    private static func run(_ work: Work, _ input: Int32, most: Int) throws -> [UInt8] {
        if let tool = work.commandLine.first, access(tool, X_OK) != 0 { throw Unreadable(.machine) }
        lseek(input, 0, SEEK_SET)
        var pipes: [Int32] = [-1, -1]
        guard vecinos_pipe(&pipes) == 0 else { throw Unreadable(.machine) }
        defer { close(pipes[0]) }
        let child: pid_t
        do {
            defer { close(pipes[1]) }
            child = try spawn(work, input, pipes[1])
        }
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while output.count <= most {
            let count = read(pipes[0], &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            output += buffer.prefix(count)
        }
        if output.count > most { kill(child, SIGKILL) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        // The low seven bits are the signal that ended it.
        guard status & 0x7F == 0, output.count <= most else { throw Unreadable(.limit) }
        guard status == 0, !output.isEmpty else { throw Unreadable(.file) }
        return output
    }

    /// As C takes a list of texts; each must be freed.
    private static func words(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { (text: String) in strdup(text) } + [nil]
    }

    private static func spawn(_ work: Work, _ input: Int32, _ output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        vecinos_close_from(&actions, 3)
        var arguments = words(["vecinos", command, work.rawValue])
        // Nothing of our surroundings: no address of a database, no key file's name.
        var environment = words(["PATH=/usr/bin", "VIPS_CONCURRENCY=1", "LC_ALL=C"])
        defer {
            for text in arguments + environment { free(text) }
        }
        var child: pid_t = 0
        let failed = posix_spawn(&child, "/proc/self/exe", &actions, nil, &arguments, &environment)
        guard failed == 0 else { throw Unreadable(.machine) }
        return child
    }
}

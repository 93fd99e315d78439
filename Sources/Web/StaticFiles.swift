// SPDX-License-Identifier: AGPL-3.0-or-later
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import Synchronization

/// Our own table of static files, read once: a name is in it or there is a 404, so no path from outside ever meets
/// the disk. Each is kept plain and gzipped, with a tag of its content; pages link to `name?v=tag`.
package struct StaticFiles: Sendable {
    private struct File: Sendable {
        let plain: ByteBuffer
        let zipped: Zipped?
        let mediaType: String
        let tag: String
    }

    /// Made when it is first asked for: a start need not wait for all of them.
    private final class Zipped: Sendable {
        private enum State {
            case waiting(ByteBuffer)
            case made(ByteBuffer?)
        }

        private let state: Mutex<State>

        init(_ plain: ByteBuffer) { state = Mutex(.waiting(plain)) }

        var buffer: ByteBuffer? {
            state.withLock { state in
                switch state {
                case .made(let buffer): return buffer
                case .waiting(let plain):
                    let buffer = Gzip.compress(Array(plain.readableBytesView)).map { ByteBuffer(bytes: $0) }
                    state = .made(buffer)
                    return buffer
                }
            }
        }
    }

    private static let mediaTypes = [
        "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
        "png": "image/png", "webmanifest": "application/manifest+json", "txt": "text/plain; charset=utf-8",
    ]

    private let files: [String: File]
    /// `app.css` in rules.
    let sheet: StyleSheet

    package init(folder: String) throws {
        var files: [String: File] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            guard let end = name.split(separator: ".").last, let mediaType = Self.mediaTypes[String(end)],
                let data = FileManager.default.contents(atPath: "\(folder)/\(name)")
            else { continue }
            let bytes = end == "css" ? StyleSheet.small([UInt8](data)) : [UInt8](data)
            let plain = ByteBuffer(bytes: bytes)
            files[name] = File(
                plain: plain,
                zipped: end == "png" ? nil : Zipped(plain),
                mediaType: mediaType,
                tag: Self.tag(bytes)
            )
        }
        self.files = files
        sheet = StyleSheet { name in Self.text(name, of: files) }
    }

    /// Where a page finds the file; the tag lets browsers keep it for a year.
    func path(_ name: String) -> String { "/static/\(name)?v=\(files[name]?.tag ?? "0")" }

    /// The words of a text file; empty for what is not there.
    func text(_ name: String) -> String { Self.text(name, of: files) }

    private static func text(_ name: String, of files: [String: File]) -> String {
        files[name].map { String(buffer: $0.plain) } ?? ""
    }

    func response(_ name: String, for request: Request) throws -> Response {
        guard let file = files[name] else { throw Refusal.notFound }
        var headers: HTTPFields = [
            .contentType: file.mediaType,
            .eTag: "\"\(file.tag)\"",
            .cacheControl: request.uri.queryParameters["v"].map(String.init) == file.tag
                ? "public, max-age=31536000, immutable" : "public, max-age=300",
            .vary: "Accept-Encoding",
        ]
        if request.has("\"\(file.tag)\"") {
            return Response(status: .notModified, headers: headers)
        }
        let wantsZipped = Gzip.isTaken(request.headers[.acceptEncoding])
        guard wantsZipped, let zipped = file.zipped?.buffer else {
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.plain))
        }
        headers[.contentEncoding] = "gzip"
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: zipped))
    }

    /// FNV-1a, 64 bits: only to tell one version from the next.
    static func tag(_ bytes: [UInt8]) -> String {
        String(bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 } as UInt64, radix: 36)
    }
}

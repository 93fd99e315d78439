// SPDX-License-Identifier: AGPL-3.0-or-later
import HTTPTypes
import Hummingbird
import Kit
import NIOCore
import People
import Response

/// Photos, video and audio for members who may open them: a working copy to look at, and the original as it came.
struct FilePages {
    let site: Site

    /// Only ever as an attachment: what a stranger sent is never shown inside our pages. Sent as it is decrypted.
    func original(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<EvidenceFile> = try context.ref("id")
        guard context.caller.isUnlocked else { return .see("/session/unlock?back=/board/files/\(id.text)") }
        let opened = try await open(id, context)
        let body = ResponseBody(contentLength: opened.file.size) { writer in
            for try await piece in opened.pieces { try await writer.write(ByteBuffer(bytes: piece)) }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: opened.file.mediaType.rawValue,
                .contentDisposition: "attachment; filename=\"\(id.text).\(opened.file.mediaType.ending)\"",
                .contentSecurityPolicy: SecurityHeaders.Policy.nothing.contentSecurityPolicy,
                .cacheControl: "no-store",
            ],
            body: body
        )
    }

    /// Decoded and encoded anew, without what the file said of place, time and maker.
    func copy(_ request: Request, _ context: MemberContext) async throws -> Response {
        let id: Ref<EvidenceFile> = try context.ref("id")
        guard context.caller.isUnlocked else { return .see("/session/unlock?back=/board/files/\(id.text)/copy") }
        let opened = try await open(id, context)
        do {
            let bytes = try await MediaChild.copy(of: opened)
            return Response(
                status: .ok,
                headers: [
                    .contentType: Self.type(opened.file.mediaType.kind),
                    .contentDisposition: "inline; filename=\"copy\"",
                    .contentSecurityPolicy: Self.policy,
                    .cacheControl: "no-store",
                ],
                body: .init(byteBuffer: ByteBuffer(bytes: bytes))
            )
        } catch let problem as MediaChild.Unreadable {
            // Asking again would not help where the file is what can't be read.
            throw Refusal(
                problem.why == .machine ? .unavailable : .invalid,
                "file.no_copy|We could not make a safe copy of this file. You can download the original."
            )
        }
    }

    private func open(_ id: Ref<EvidenceFile>, _ context: MemberContext) async throws -> EvidenceFile.Opened {
        let caller = context.caller
        return try await site.database.write { tx in try EvidenceFile.open(id, by: caller, in: tx) }
    }

    /// A browser shows a picture or a film in a page of its own making, which may load itself and nothing else.
    private static let policy =
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; "
        + "frame-ancestors 'none'; sandbox"

    private static func type(_ kind: EvidenceFile.MediaType.Kind) -> String {
        switch kind {
        case .image: "image/jpeg"
        case .video: "video/mp4"
        case .audio: "audio/mpeg"
        }
    }
}

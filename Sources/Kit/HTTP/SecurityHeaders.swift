// SPDX-License-Identifier: AGPL-3.0-or-later

/// The headers that every answer carries, errors too.
package enum SecurityHeaders {
    /// What a page may load. Public and staff pages have our own scripts only; the interface of programs nothing.
    package enum Policy: Sendable {
        case publicPage
        case staffPage
        case nothing

        package var contentSecurityPolicy: String {
            let base = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
            let page =
                "\(base); style-src 'self'; img-src 'self' data:; media-src 'self'; script-src 'self'; connect-src 'self'; "
                + "manifest-src 'self'; worker-src 'none'; form-action 'self'"
            return switch self {
            case .publicPage: page
            case .staffPage: "\(page); require-trusted-types-for 'script'; trusted-types vecinos"
            case .nothing: "\(base); sandbox"
            }
        }
    }

    package static let always: [(name: String, value: String)] = [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        (
            "Permissions-Policy",
            "camera=(), microphone=(), geolocation=(self), payment=(), usb=(), browsing-topics=(), interest-cohort=()"
        ),
    ]
}

/// Sizes and times that a stranger can't stretch.
package enum Limits {
    package static let head = Duration.seconds(10)
    package static let wholeRequest = Duration.seconds(60)
    package static let stalledWrite = Duration.seconds(30)
    package static let idle = Duration.seconds(30)
    /// Bytes of a form without files, and of a JSON body.
    package static let formBody = 64 * 1_024
    /// Bytes of a form with photos, video and sound. They are never whole in memory.
    package static let upload = 256 * 1_024 * 1_024
    /// Bytes of such a form that are read at all: past `upload` only for the words, which are then not lost.
    package static let passedOver = 1_024 * 1_024 * 1_024
    /// A form with files may take longer than `wholeRequest` while so many bytes a second come, up to `longestUpload`.
    package static let slowestUpload = 16 * 1_024
    package static let longestUpload = Duration.minutes(30)
}

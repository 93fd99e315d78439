// SPDX-License-Identifier: AGPL-3.0-or-later
import Foundation
import Support

// What libFuzzer calls, compiled by bin/fuzz only. The parser is chosen by VECINOS_FUZZ; the repository is VECINOS_ROOT.

private let parser: Parser = {
    let variables = ProcessInfo.processInfo.environment
    let (name, folder) = (variables["VECINOS_FUZZ"] ?? "", variables["VECINOS_ROOT"] ?? ".")
    guard let parsers = try? Parser.all(folder: folder) else { fatalError("no content pack in \(folder)") }
    guard let parser = parsers.first(where: { $0.name == name }) else {
        // bin/fuzz --list, and the first seeds.
        for parser in parsers {
            print(parser.name)
            guard let seeds = variables["VECINOS_SEEDS"] else { continue }
            let folder = "\(seeds)/\(parser.name)"
            try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for (number, seed) in parser.seeds.enumerated() {
                _ = FileManager.default.createFile(atPath: "\(folder)/seed-\(number)", contents: Data(seed))
            }
        }
        fflush(nil)
        _exit(0)
    }
    return parser
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func oneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    parser.feed(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

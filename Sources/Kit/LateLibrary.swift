// SPDX-License-Identifier: AGPL-3.0-or-later
import CPango
import CPostgres
import CQpdf
import Glibc

/// A library that most starts don't need: some seventy files with all that it asks for in turn. What includes its header
/// refers to it weakly, and a release build (`bin/build`) leaves it out of what is loaded at start. Whoever uses it loads it
/// first: the first call of each function then finds it by its name.
package struct LateLibrary: Sendable {
    /// The file's name, as the dynamic linker looks for it.
    package let file: String

    package init(_ file: String) { self.file = file }

    package static let pango = LateLibrary(VECINOS_PANGO)
    package static let qpdf = LateLibrary(VECINOS_QPDF)
    package static let postgres = LateLibrary(VECINOS_POSTGRES)

    /// Loads it, unless it is there. False: it isn't on this machine, and none of its functions may be called.
    package func load() -> Bool {
        // Told to find every function at start, the linker took each of these for one that is nowhere.
        getenv("LD_BIND_NOW") == nil && dlopen(file, RTLD_LAZY | RTLD_GLOBAL) != nil
    }
}

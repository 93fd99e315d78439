// SPDX-License-Identifier: AGPL-3.0-or-later
import Crypto
import FoundationEssentials

/// The tree of RFC 6962, section 2.1: SHA-256, `00` before a leaf and `01` before two nodes. Pure.
package enum MerkleTree {
    /// 32 bytes.
    package typealias Hash = [UInt8]

    package static func leaf(_ bytes: some DataProtocol) -> Hash {
        var hash = SHA256()
        hash.update(data: [0])
        hash.update(data: bytes)
        return Array(hash.finalize())
    }

    package static func node(_ left: Hash, _ right: Hash) -> Hash {
        var hash = SHA256()
        hash.update(data: [1])
        hash.update(data: left)
        hash.update(data: right)
        return Array(hash.finalize())
    }

    /// Of no leaf at all: SHA-256 of nothing.
    package static var empty: Hash { Array(SHA256.hash(data: [UInt8]())) }

    package static func root(_ leaves: ArraySlice<Hash>) -> Hash {
        var head = Head()
        for leaf in leaves { head.append(leaf) }
        return head.root
    }

    package static func root(_ leaves: [Hash]) -> Hash { root(leaves[...]) }

    /// What must be remembered to append: the roots of the complete subtrees, the largest first; one for each bit that is
    /// set in the size.
    package struct Head: Sendable, Hashable {
        package private(set) var size = 0
        package private(set) var hashes: [Hash] = []

        package init() {}

        /// Nil when that many hashes don't belong to that size.
        package init?(size: Int, hashes: [Hash]) {
            guard size >= 0, hashes.count == size.nonzeroBitCount, hashes.allSatisfy({ $0.count == 32 }) else {
                return nil
            }
            (self.size, self.hashes) = (size, hashes)
        }

        package mutating func append(_ leaf: Hash) {
            var hash = leaf
            for _ in 0..<(~size).trailingZeroBitCount {
                if let left = hashes.popLast() { hash = node(left, hash) }
            }
            hashes.append(hash)
            size += 1
        }

        package var root: Hash {
            guard var root = hashes.last else { return empty }
            for left in hashes.dropLast().reversed() { root = node(left, root) }
            return root
        }
    }

    /// The nodes beside the path from a leaf up to the root; nil for a position that isn't there.
    package static func inclusionProof(of position: Int, in leaves: [Hash]) -> [Hash]? {
        guard leaves.indices.contains(position) else { return nil }
        var proof: [Hash] = []
        var part = leaves[...]
        while part.count > 1 {
            let middle = part.startIndex + split(part.count)
            if position < middle {
                proof.append(root(part[middle...]))
                part = part[..<middle]
            } else {
                proof.append(root(part[..<middle]))
                part = part[middle...]
            }
        }
        return proof.reversed()
    }

    /// RFC 9162, section 2.1.3.2: follows the path upward and compares.
    package static func verifyInclusion(
        of leaf: Hash,
        at position: Int,
        size: Int,
        root: Hash,
        proof: [Hash]
    ) -> Bool {
        guard position >= 0, position < size else { return false }
        var (path, last) = (position, size - 1)
        var hash = leaf
        for sibling in proof {
            guard last > 0 else { return false }
            if path & 1 == 1 || path == last {
                hash = node(sibling, hash)
                while path & 1 == 0, path != 0 { (path, last) = (path >> 1, last >> 1) }
            } else {
                hash = node(hash, sibling)
            }
            (path, last) = (path >> 1, last >> 1)
        }
        return last == 0 && hash == root
    }

    /// That the first `size` leaves are the beginning of all of them; nil for a size outside 1…count.
    package static func consistencyProof(from size: Int, in leaves: [Hash]) -> [Hash]? {
        guard size > 0, size <= leaves.count else { return nil }
        var proof: [Hash] = []
        var part = leaves[...]
        var (rest, isWhole) = (size, true)
        while rest < part.count {
            let middle = split(part.count)
            let border = part.startIndex + middle
            if rest <= middle {
                proof.append(root(part[border...]))
                part = part[..<border]
            } else {
                proof.append(root(part[..<border]))
                part = part[border...]
                rest -= middle
                isWhole = false
            }
        }
        if !isWhole { proof.append(root(part)) }
        return proof.reversed()
    }

    /// RFC 9162, section 2.1.4.2.
    package static func verifyConsistency(
        from first: (size: Int, root: Hash),
        to second: (size: Int, root: Hash),
        proof: [Hash]
    ) -> Bool {
        guard first.size > 0, first.size <= second.size else { return false }
        if first.size == second.size { return proof.isEmpty && first.root == second.root }
        var proof = proof[...]
        if first.size & (first.size - 1) == 0 { proof = [first.root] + proof }
        guard let start = proof.popFirst() else { return false }
        var (path, last) = (first.size - 1, second.size - 1)
        while path & 1 == 1 { (path, last) = (path >> 1, last >> 1) }
        var (old, new) = (start, start)
        for sibling in proof {
            guard last > 0 else { return false }
            if path & 1 == 1 || path == last {
                (old, new) = (node(sibling, old), node(sibling, new))
                while path & 1 == 0, path != 0 { (path, last) = (path >> 1, last >> 1) }
            } else {
                new = node(new, sibling)
            }
            (path, last) = (path >> 1, last >> 1)
        }
        return last == 0 && old == first.root && new == second.root
    }

    /// The largest power of two below `count`, which is at least 2.
    private static func split(_ count: Int) -> Int { 1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount) }
}

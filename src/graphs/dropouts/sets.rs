//! Small sets of variables.

/// A set of variables below [`MOST`], a bit for each.
pub(super) type Set = u128;

/// Largest number of variables.
pub(super) const MOST: usize = 128;

/// The set with one member.
pub(super) fn one(i: usize) -> Set {
    1 << i
}

/// Whether `i` is a member.
pub(super) fn has(set: Set, i: usize) -> bool {
    (set >> i) & 1 == 1
}

/// Number of members.
pub(super) fn size(set: Set) -> usize {
    set.count_ones() as usize
}

/// The members, ascending.
pub(super) fn members(mut set: Set) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let member = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(member)
    })
}

/// Calls `each` with every subset of `k` members, until it returns false.
pub(super) fn subsets(set: Set, k: usize, each: &mut impl FnMut(Set) -> bool) -> bool {
    fn chosen(left: Set, k: usize, taken: Set, each: &mut impl FnMut(Set) -> bool) -> bool {
        if k == 0 {
            return each(taken);
        }
        let mut rest = left;
        while size(rest) >= k {
            let next = rest & rest.wrapping_neg();
            rest ^= next;
            if !chosen(rest, k - 1, taken | next, each) {
                return false;
            }
        }
        true
    }
    chosen(set, k, 0, each)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets_are_all_of_their_size_in_order() {
        let mut found = Vec::new();
        subsets(0b10110, 2, &mut |s| {
            found.push(s);
            true
        });
        assert_eq!(found, [0b00110, 0b10010, 0b10100]);
        let mut count = 0;
        assert!(!subsets(!0, 3, &mut |_| {
            count += 1;
            count < 5
        }));
        assert_eq!(count, 5);
        subsets(0b101, 0, &mut |s| {
            assert_eq!(s, 0);
            count += 1;
            true
        });
        assert_eq!(count, 6);
        assert!(members(0b1001 | one(127)).eq([0, 3, 127]));
    }
}

//! Files that were good once: seeded mutations.

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{Rng as _, SeedableRng as _};

use crate::component::{Section, assemble, sections};

/// Values that are the edge of something in LEB128, lengths and tags.
const EDGES: [u8; 10] = [0x00, 0x01, 0x0d, 0x40, 0x60, 0x7f, 0x80, 0x81, 0xfe, 0xff];
/// How large a file may become by splicing.
const BYTES_MAX: usize = 4 << 20;

/// Makes mutants of some files; the same seed makes the same mutants.
#[derive(Debug)]
pub struct Mutator {
    seeds: Vec<Vec<u8>>,
    random: StdRng,
}

impl Mutator {
    /// A mutator of these files.
    pub fn new(seeds: Vec<Vec<u8>>, seed: u64) -> Self {
        assert!(!seeds.is_empty(), "there must be something to mutate");
        Self { seeds, random: StdRng::seed_from_u64(seed) }
    }

    /// The next mutant: one to four changes of one of the files.
    pub fn mutant(&mut self) -> Vec<u8> {
        let mut file = self.some_file();
        for _ in 0..self.random.random_range(1..=4) {
            file = self.changed(file);
        }
        file
    }

    fn some_file(&mut self) -> Vec<u8> {
        self.seeds.choose(&mut self.random).cloned().unwrap_or_default()
    }

    fn changed(&mut self, file: Vec<u8>) -> Vec<u8> {
        if file.is_empty() {
            return file;
        }
        match self.random.random_range(0..10) {
            0..=2 => self.with_other_bytes(file),
            3 => self.with_other_bits(file),
            4 => self.truncated(file),
            5 => self.with_a_gap(file),
            6 => self.with_a_copy(file),
            7 => self.with_a_swap(file),
            8 => self.with_moved_sections(file),
            _ => self.with_foreign_sections(file),
        }
    }

    fn with_other_bytes(&mut self, mut file: Vec<u8>) -> Vec<u8> {
        for _ in 0..self.random.random_range(1..=8) {
            let at = self.place(&file);
            file[at] = match EDGES.choose(&mut self.random) {
                Some(edge) if self.random.random_bool(0.5) => *edge,
                _ => self.random.random(),
            };
        }
        file
    }

    fn with_other_bits(&mut self, mut file: Vec<u8>) -> Vec<u8> {
        let at = self.place(&file);
        file[at] ^= 1 << self.random.random_range(0..8);
        file
    }

    fn truncated(&mut self, mut file: Vec<u8>) -> Vec<u8> {
        file.truncate(self.random.random_range(0..file.len()));
        file
    }

    fn with_a_gap(&mut self, mut file: Vec<u8>) -> Vec<u8> {
        let (from, to) = self.range(&file);
        file.drain(from..to);
        file
    }

    fn with_a_copy(&mut self, mut file: Vec<u8>) -> Vec<u8> {
        let (from, to) = self.range(&file);
        let (copy, at) = (file[from..to].to_vec(), self.place(&file));
        if file.len() < BYTES_MAX {
            file.splice(at..at, copy);
        }
        file
    }

    fn with_a_swap(&mut self, mut file: Vec<u8>) -> Vec<u8> {
        let (from, to) = self.range(&file);
        let (half, middle) = ((to - from) / 2, usize::midpoint(from, to));
        for step in 0..half {
            file.swap(from + step, middle + step);
        }
        file
    }

    fn with_moved_sections(&mut self, file: Vec<u8>) -> Vec<u8> {
        let Some(mut sections) = sections(&file) else { return file };
        match self.random.random_range(0..3) {
            0 => sections.shuffle(&mut self.random),
            1 if !sections.is_empty() => {
                sections.remove(self.random.random_range(0..sections.len()));
            }
            _ => {
                let again = sections.choose(&mut self.random).copied();
                sections.extend(again);
            }
        }
        assemble(sections)
    }

    fn with_foreign_sections(&mut self, file: Vec<u8>) -> Vec<u8> {
        let other = self.some_file();
        let (Some(mut own), Some(foreign)) = (sections(&file), sections(&other)) else {
            return file;
        };
        let Some(section) = foreign.choose(&mut self.random) else { return file };
        let at = self.random.random_range(0..=own.len());
        // Now and then under a wrong number: a module where a type is expected.
        let id =
            if self.random.random_bool(0.2) { self.random.random_range(0..14) } else { section.id };
        own.insert(at, Section { id, data: section.data });
        if file.len() + section.data.len() > BYTES_MAX { file } else { assemble(own) }
    }

    fn place(&mut self, file: &[u8]) -> usize {
        // The structure is at the front of small files and in the first kilobytes of large ones.
        let end = if self.random.random_bool(0.5) { file.len().min(4096) } else { file.len() };
        self.random.random_range(0..end)
    }

    fn range(&mut self, file: &[u8]) -> (usize, usize) {
        let from = self.place(file);
        let length = self.random.random_range(1..=64);
        (from, (from + length).min(file.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_makes_the_same_mutants() {
        let file = wat::parse_str("(component (core module) (component))").expect("well formed");
        let mutants = |seed| {
            let mut mutator = Mutator::new(vec![file.clone()], seed);
            (0..200).map(|_| mutator.mutant()).collect::<Vec<_>>()
        };
        assert_eq!(mutants(1), mutants(1));
        assert_ne!(mutants(1), mutants(2));
    }
}

//! Uses too much time or memory, or falls over.

use std::hint::black_box;
use std::time::{Duration, Instant};

use galleria_sdk::prelude::*;
use galleria_sdk::{Answer, IntoAnswer as _};

/// How much more than anybody allows.
const MANY: usize = 1 << 20;

pub(crate) fn forever() -> ! {
    loop {
        black_box(());
    }
}

/// Waits much longer than a call may take, without using any CPU.
pub(crate) fn nap() -> Result<Answer> {
    std::thread::sleep(Duration::from_mins(1));
    rested()
}

/// Computes for a while, but within the limits: no abuse.
pub(crate) fn slowly() -> Result<Answer> {
    let began = Instant::now();
    let mut sum = 0_u64;
    while began.elapsed() < Duration::from_millis(100) {
        sum = (0..1000).fold(sum, |sum, next| black_box(sum.wrapping_add(next)));
    }
    rested()
}

pub(crate) fn deeply() -> Result<Answer> {
    fn deeper(depth: u64) -> u64 {
        let here = black_box([depth; 16]);
        if depth == u64::MAX { 0 } else { deeper(depth + 1).wrapping_add(here[3]) }
    }
    Text(deeper(0).to_string()).into_answer()
}

pub(crate) fn at_once() -> Result<Answer> {
    let all = black_box(vec![1_u8; 1 << 30]);
    Text(all.len().to_string()).into_answer()
}

pub(crate) fn bit_by_bit() -> Result<Answer> {
    let all: Vec<Vec<u8>> = (0..MANY).map(|_| black_box(vec![1; 4 << 10])).collect();
    Text(all.len().to_string()).into_answer()
}

/// Takes pages until it gets none, which is no abuse, and then goes on as if it had them.
pub(crate) fn page_by_page() -> Result<Answer> {
    let pages = (0..MANY).take_while(|_| crate::raw::grow_memory()).count();
    assert!(pages == MANY, "no more memory after {pages} pages");
    rested()
}

pub(crate) fn divide_by_zero() -> Result<Answer> {
    let zero = black_box(0_u32);
    #[expect(clippy::unwrap_used, reason = "to fail is what it is for")]
    let quotient = 1_u32.checked_div(zero).unwrap();
    Text(quotient.to_string()).into_answer()
}

pub(crate) fn reach_behind_the_end() -> Result<Answer> {
    let items = black_box(vec![1, 2, 3]);
    let behind = black_box(items.len());
    Text(items[behind].to_string()).into_answer()
}

fn rested() -> Result<Answer> {
    Text("still here".to_owned()).into_answer()
}

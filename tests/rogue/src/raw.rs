//! What safe Rust can't say: the contract's functions as they lie beneath the SDK, and the
//! instructions of the machine.

#![expect(unsafe_code, reason = "misusing what is underneath is what it is for")]

use galleria_sdk::prelude::*;
use galleria_sdk::{Answer, IntoAnswer as _};

/// More handles than anybody allows.
const MANY: u32 = 100_000;

/// A text as it is handed over: where, and how many bytes.
#[derive(Clone, Copy)]
#[repr(C)]
struct RawText {
    at: *const u8,
    bytes: usize,
}

/// A function of an interface by its name; on other targets than the plugin's there is none.
macro_rules! imported {
    ($interface:literal, $function:literal, $name:ident($($argument:ident: $kind:ty),*) $(-> $result:ty)?) => {
        #[cfg(target_arch = "wasm32")]
        #[link(wasm_import_module = $interface)]
        unsafe extern "C" {
            #[link_name = $function]
            fn $name($($argument: $kind),*) $(-> $result)?;
        }

        #[cfg(not(target_arch = "wasm32"))]
        unsafe fn $name($($argument: $kind),*) $(-> $result)? {
            $(let _ = $argument;)*
            panic!(concat!($interface, ".", $function, " is only there in a component"))
        }
    };
}

imported!("galleria:storage/entities@0.1.0", "get-many",
    entities_get_many(entity: *const u8, entity_bytes: usize, ids: *const RawText, count: usize, answer: *mut u8));
imported!("wasi:cli/stdout@0.2.0", "get-stdout", get_stdout() -> u32);
imported!("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration", subscribe_duration(nanos: u64) -> u32);
imported!("wasi:random/random@0.2.0", "get-random-bytes", get_random_bytes(count: u64, answer: *mut u8));

/// 100,000 ids, all of them the same 64 KiB: small for the guest, 6.5 GB for a host that copies.
pub(crate) fn overlapping_list() -> Result<Answer> {
    let area = vec![b'x'; 64 << 10];
    let ids = vec![RawText { at: area.as_ptr(), bytes: area.len() }; 100_000];
    let mut answer = [0_u64; 4];
    let entity = "note";
    // SAFETY: the pointers are those of live values, and the answer has room for its 16 bytes.
    unsafe {
        entities_get_many(
            entity.as_ptr(),
            entity.len(),
            ids.as_ptr(),
            ids.len(),
            answer.as_mut_ptr().cast(),
        );
    }
    Text(format!("{answer:?}")).into_answer()
}

pub(crate) fn leak_handles() -> Result<Answer> {
    // SAFETY: the function takes nothing and answers a handle.
    let last = (0..MANY).fold(0, |_, _| unsafe { get_stdout() });
    Text(last.to_string()).into_answer()
}

pub(crate) fn leak_pollables() -> Result<Answer> {
    // SAFETY: the function takes a number and answers a handle.
    let last = (0..MANY).fold(0, |_, _| unsafe { subscribe_duration(1 << 40) });
    Text(last.to_string()).into_answer()
}

/// 1 GiB of randomness.
pub(crate) fn random() -> Result<Answer> {
    let mut answer = [0_u64; 2];
    // SAFETY: the answer has room for its 8 bytes.
    unsafe { get_random_bytes(1 << 30, answer.as_mut_ptr().cast()) }
    Text(format!("{answer:?}")).into_answer()
}

/// One page more; answers whether there was one.
pub(crate) fn grow_memory() -> bool {
    #[cfg(target_arch = "wasm32")]
    let before = core::arch::wasm32::memory_grow::<0>(1);
    #[cfg(not(target_arch = "wasm32"))]
    let before = usize::MAX;
    before != usize::MAX
}

pub(crate) fn unreachable() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    std::process::abort();
}

/// Text that is no UTF-8.
pub(crate) fn broken_text() -> String {
    // SAFETY: none; nothing in this plugin looks at it, and the host must not be taken in.
    unsafe { String::from_utf8_unchecked(vec![b'a', 0xff, 0xfe]) }
}

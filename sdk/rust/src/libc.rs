//! What the standard library calls of the C library, with less behind it.
//!
//! A panic writes to standard error and asks the environment whether it wants a backtrace. In the
//! C library's own hands that drags all of standard input and output, the terminals, polling and
//! the environment into every component. A plugin has none of these: here the environment is
//! empty, and what is written goes to the host's standard error, where a panic's message belongs.
//! The linker takes these functions because it meets them before those of the C library.
#![expect(unsafe_code, reason = "the C library is called, and called from, across C's border")]

use std::ffi::{c_char, c_int};
use std::ptr;

/// A part of what `writev` writes.
#[repr(C)]
struct Part {
    bytes: *const u8,
    length: usize,
}

/// An error of a stream: a tag, and for one of the tags a handle.
#[repr(C)]
struct StreamError {
    tag: u8,
    handle: i32,
}

// Those of the C library's own bindings that reach standard error and nothing else. A struct of one
// handle is passed as the handle itself (WebAssembly's basic C ABI).
unsafe extern "C" {
    fn stderr_get_stderr() -> i32;
    fn streams_method_output_stream_blocking_write_and_flush(
        stream: i32,
        contents: *mut Part,
        error: *mut StreamError,
    ) -> bool;
    fn streams_output_stream_drop_own(stream: i32);
}

/// What WASI takes at once, in bytes.
const MAX_WRITE: usize = 4096;

#[unsafe(no_mangle)]
extern "C" fn getenv(_: *const c_char) -> *mut c_char {
    ptr::null_mut()
}

#[unsafe(no_mangle)]
extern "C" fn write(_: c_int, bytes: *const u8, length: usize) -> isize {
    let length = length.min(MAX_WRITE);
    let mut part = Part { bytes, length };
    let mut error = StreamError { tag: 0, handle: 0 };
    // SAFETY: the handle lives from the first line to the last; the caller answers for the bytes,
    // as with every `write`; the error's handle is not used, and the host drops it with the
    // instance, which a failure to write to standard error doesn't outlive by much.
    unsafe {
        let stream = stderr_get_stderr();
        streams_method_output_stream_blocking_write_and_flush(
            stream,
            &raw mut part,
            &raw mut error,
        );
        streams_output_stream_drop_own(stream);
    }
    // A plugin can do nothing about a failure here; so it isn't told.
    length.cast_signed()
}

#[unsafe(no_mangle)]
extern "C" fn writev(file: c_int, parts: *const Part, count: c_int) -> isize {
    let Ok(count @ 1..) = usize::try_from(count) else { return 0 };
    // SAFETY: the caller answers for so many parts.
    let parts = unsafe { std::slice::from_raw_parts(parts, count) };
    // To write less than all of it is allowed; the caller comes back with the rest.
    match parts.iter().find(|part| part.length > 0) {
        Some(part) => write(file, part.bytes, part.length),
        None => 0,
    }
}

//! A line for the shell, with input, output and an exit code.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "a line for the shell, with input",
    explanation: "\
The shell starts two programs and connects them by a pipe; we talk to the
shell. `cat` reads what we write, what `tr` writes comes back to us, and the
exit code is the shell's. `communicate` writes the input while it reads both
outputs. Then it closes the input, or `cat` would wait for more.

An exit code of 3 is not an error here: the program ran, and this is its
result.

If such a line contains text from others, they can run whatever they like. For
a file name that a user typed, use `exec`.

Look at: which command of the line wrote which output.",
    next: "src/aio/io/process.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

async fn main() -> Result<()> {
    let line = "cat | tr a-z A-Z; echo problem >&2; exit 3";
    let process = process::shell(line)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (stdout, stderr) = process.communicate(b"hello shell\n").await?;
    say!("Standard Output: {}", decode(stdout).trim());
    say!("Standard Error: {}", decode(stderr).trim());
    say!("exit code: {}", process.wait().await?);
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}

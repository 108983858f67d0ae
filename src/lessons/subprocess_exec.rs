//! Another program, awaited.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "another program, awaited",
    explanation: "\
A child process is one more thing to wait for: its output comes through pipes,
which the loop watches like sockets, and of its end the kernel tells by a
signal (SIGCHLD), which the loop hears. Others run meanwhile.

`communicate` reads both pipes at the same time until they end, and then waits
for the child. Reading the one first and then the other can wait for ever: the
child stops when the pipe that nobody reads is full.

`exec` takes the program and its arguments as they are; no shell looks at them,
so nothing in them is special.

Look at: standard error is there and empty.",
    next: "src/aio/io/process.rs",
    program,
};

// -- The program ------------------------------------------------------------------------------------

fn show(title: &str, output: Vec<u8>) {
    say!("{title}:");
    for line in decode(output).lines() {
        say!("{line}");
    }
}

async fn main() -> Result<()> {
    let process = process::exec("printf", ["one\\ntwo\\n"])
        .stdout(Stdio::Pipe)
        .stderr(Stdio::Pipe)
        .spawn()?;
    let (stdout, stderr) = process.communicate(b"").await?;
    show("Standard Output", stdout);
    show("Standard Error", stderr);
    say!("exit code: {}", process.wait().await?);
    Ok(())
}

fn program() -> Result<()> {
    run(main())
}

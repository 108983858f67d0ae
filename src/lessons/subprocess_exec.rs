//! Another program, awaited.

use super::prelude::*;

pub(super) const PAGE: Page = Page {
    title: "another program, awaited",
    explanation: "\
A child process is one more thing to wait for. Its output comes through pipes,
which the loop watches like sockets. The kernel reports its end by a signal
(SIGCHLD), which the loop receives. Other tasks run meanwhile.

`communicate` reads both pipes at the same time until they end, and then waits
for the child. Reading one pipe after the other can wait forever: the child
blocks when the pipe that is not being read is full.

`exec` takes the program and its arguments as they are. There is no shell, so
no character in them is special.

Look at: standard error was read as well, and is empty.",
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
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
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

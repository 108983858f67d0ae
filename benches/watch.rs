//! The cost of a scan, compared with the metadata calls that it cannot avoid.
//!
//! `scan` and `metadata` make the same system calls on the same files in one run, so the ratio of their
//! times is the price of everything else: the tables, the comparison, the directories. The promise is at
//! most 1.5. Directories have old times, as in any tree that was not just made. A new directory is listed
//! at each scan for its first two seconds.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fs::{self, File};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gearshift::watch::{Next, Rules, Watch};

const FILES_PER_DIRECTORY: usize = 100;

fn make_tree(root: &Path, files: usize) -> Vec<PathBuf> {
    let long_past = SystemTime::now() - Duration::from_secs(30 * 24 * 60 * 60);
    let mut paths = Vec::new();
    for number in 0..files {
        let directory = root.join(format!("directory-{:03}", number / FILES_PER_DIRECTORY));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join(format!("file-{number:05}.rs"));
        fs::write(&path, b"fn main() {}\n").unwrap();
        paths.push(path);
    }
    for directory in fs::read_dir(root).unwrap() {
        File::open(directory.unwrap().path())
            .unwrap()
            .set_modified(long_past)
            .unwrap();
    }
    File::open(root).unwrap().set_modified(long_past).unwrap();
    paths
}

fn scan_and_metadata(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("watch");
    for files in [1_000, 10_000] {
        let root = tempfile::tempdir().unwrap();
        let paths = make_tree(root.path(), files);
        let targets = vec![root.path().to_str().unwrap().to_owned()];
        let mut watch = Watch::new(&Rules {
            targets,
            ignore: Vec::new(),
        })
        .unwrap();
        group.throughput(Throughput::Elements(files as u64));
        group.bench_function(BenchmarkId::new("metadata", files), |bencher| {
            bencher.iter(|| {
                for path in &paths {
                    black_box(fs::metadata(path).unwrap());
                }
            });
        });
        group.bench_function(BenchmarkId::new("scan", files), |bencher| {
            bencher.iter(|| {
                let next = watch.scan(&mut |change| panic!("nothing changes here: {change:?}"));
                assert_eq!(next, Next::Scan);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, scan_and_metadata);
criterion_main!(benches);
